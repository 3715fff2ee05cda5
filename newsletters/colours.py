"""The letter's colours, light and dark: mail programs know no variables, so each is worked out before sending."""

from dataclasses import dataclass

from core.contrast import contrast_ratio
from core.palette import BLACK, WHITE, darkened, lightened

# The themes' main colours.
THEME_COLOURS = {"hospital": "#003087", "forest": "#0b5345", "plum": "#5b2150", "slate": "#2c4254"}
# What WCAG 2.1 asks of text (1.4.3), and of lines and buttons that carry meaning (1.4.11).
TEXT_RATIO, LINE_RATIO = 4.5, 3.0


@dataclass(frozen=True)
class Colours:
    """One set: `ground` lies around the `paper`; `accent` is links, buttons and edges, `on_accent` a button's words."""

    ground: str
    paper: str
    heading: str
    ink: str
    lead: str
    quiet: str
    line: str
    blank: str
    accent: str
    on_accent: str

    def contrasts(self) -> dict[str, tuple[float, float]]:
        """Return (ratio found, ratio needed) for every pair of colours that must be told apart."""
        texts = {name: getattr(self, name) for name in ("heading", "ink", "lead", "quiet", "accent")}
        pairs = {f"{name} on paper": (colour, self.paper, TEXT_RATIO) for name, colour in texts.items()}
        pairs["quiet on ground"] = (self.quiet, self.ground, TEXT_RATIO)
        pairs["link on ground"] = (self.lead, self.ground, TEXT_RATIO)
        pairs["alternative text"] = (self.lead, self.blank, TEXT_RATIO)
        pairs["button's words"] = (self.on_accent, self.accent, TEXT_RATIO)
        pairs["button on paper"] = (self.accent, self.paper, LINE_RATIO)
        return {name: (contrast_ratio(one, other), needed) for name, (one, other, needed) in pairs.items()}


def chosen_colour(service, series=None) -> str:
    """Return the series' own accent, else the service's as it stands in the settings, else its theme's colour."""
    if series is not None and series.accent_colour:
        return series.accent_colour
    return service.accent_colour or THEME_COLOURS.get(service.theme, THEME_COLOURS["hospital"])


def light_colours(accent: str) -> Colours:
    """Return the letter's colours by day; an accent too pale for words on white is darkened."""
    return Colours(
        ground="#eef1f5",
        paper=WHITE,
        heading="#14202f",
        ink="#1e2b3c",
        lead="#33435a",
        quiet="#4a5768",
        line="#c3ccd8",
        blank="#e3e8ef",
        accent=darkened(accent.lower(), WHITE, TEXT_RATIO),
        on_accent=WHITE,
    )


def dark_colours(accent: str) -> Colours:
    """Return the letter's colours for readers whose screen is dark; the accent is lightened until it reads well."""
    paper = "#1a2330"
    return Colours(
        ground="#10161f",
        paper=paper,
        heading="#ffffff",
        ink="#eef2f7",
        lead="#d5dde8",
        quiet="#b9c4d2",
        line="#4a5a70",
        blank="#2a3546",
        accent=lightened(accent.lower(), paper, 7),
        on_accent=BLACK,
    )
