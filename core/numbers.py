"""Numbers as Norwegians write them."""


def parse_number(text: str) -> float | None:
    """Read "1 732", "30,5" or "30.5" as a number; None when it is not one."""
    cleaned = text.strip().replace("\u00a0", "").replace(" ", "").replace(",", ".")
    try:
        number = float(cleaned)
    except ValueError:
        return None
    # "nan" and "inf" are words that float() accepts; a chart cannot draw them.
    return number if number == number and abs(number) != float("inf") else None
