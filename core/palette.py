"""A full set of colour tokens made from one colour, each step with the contrast its use asks for.

Designsystemet names sixteen steps per colour. The prebuilt themes get theirs from its CLI; an editor's own colour gets
its own here, by mixing it with white or black until the step is light or dark enough.
"""

from core.contrast import contrast_ratio

WHITE = "#ffffff"
BLACK = "#000000"

# Step: share of the colour mixed into white. Surfaces and lines carry no text themselves.
_TINTS = {
    "background-tinted": 0.06,
    "surface-tinted": 0.11,
    "surface-hover": 0.18,
    "surface-active": 0.25,
    "border-subtle": 0.33,
}


def mix(first: str, second: str, share: float) -> str:
    """Return `first` and `second` (#rrggbb) mixed, `share` (0–1) of the first."""
    channels = [
        round(int(first[i : i + 2], 16) * share + int(second[i : i + 2], 16) * (1 - share)) for i in (1, 3, 5)
    ]
    return "#" + "".join(f"{channel:02x}" for channel in channels)


def darkened(colour: str, ground: str, ratio: float) -> str:
    """Return the colour, mixed with as little black as gives `ratio` to 1 against `ground`."""
    for step in range(0, 101, 2):
        candidate = mix(colour, BLACK, 1 - step / 100)
        if contrast_ratio(candidate, ground) >= ratio:
            return candidate
    return BLACK


def lightened(colour: str, ground: str, ratio: float) -> str:
    """Return the colour, mixed with as little white as gives `ratio` to 1 against a dark `ground`."""
    for step in range(0, 101, 2):
        candidate = mix(colour, WHITE, 1 - step / 100)
        if contrast_ratio(candidate, ground) >= ratio:
            return candidate
    return WHITE


def tokens(colour: str) -> dict[str, str]:
    """Return Designsystemet's steps for one colour; texts hold 4.5 to 1 on every light surface of the set."""
    colour = colour.lower()
    steps = {"background-default": WHITE, "surface-default": WHITE}
    steps |= {name: mix(colour, WHITE, share) for name, share in _TINTS.items()}
    ground = steps["surface-active"]
    base = darkened(colour, WHITE, 4.5)
    return steps | {
        "border-default": darkened(mix(base, WHITE, 0.65), WHITE, 3),
        "border-strong": darkened(mix(base, WHITE, 0.8), WHITE, 4.5),
        "text-subtle": darkened(base, steps["surface-hover"], 4.5),
        "text-default": darkened(mix(base, BLACK, 0.8), ground, 7),
        "base-default": base,
        "base-hover": mix(base, BLACK, 0.88),
        "base-active": mix(base, BLACK, 0.76),
        "base-contrast-subtle": mix(base, WHITE, 0.1),
        "base-contrast-default": WHITE,
    }


def stylesheet(colour: str, name: str = "primary", where: str = ":root") -> str:
    """Return a stylesheet that replaces, within `where`, one colour of the theme by the set made from `colour`."""
    lines = [f"--ds-color-{name}-{step}:{value}" for step, value in tokens(colour).items()]
    return where + "{" + ";".join(lines) + "}"
