"""Charts of the reports, drawn by the same means as those of the pages."""

from dataclasses import dataclass, field

from django.utils.safestring import SafeString

from core.charts import draw


@dataclass
class Drawing:
    """A chart's numbers in the shape `core.charts.draw` reads."""

    title: str
    unit: str
    series_names: list[str]
    table: list[tuple[str, list[float]]]
    kind: str = "bar"
    summary: str = field(default="")

    def __getitem__(self, name: str):
        return getattr(self, name)

    def get(self, name: str, default=None):
        """Read a value as from a block."""
        return getattr(self, name, default)

    @property
    def svg(self) -> SafeString:
        """The drawing, or nothing when there are no numbers."""
        return draw(self)
