"""Tables, charts and documents."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.contrib.table_block.blocks import TableBlock as WagtailTableBlock
from wagtail.documents.blocks import DocumentChooserBlock

from core.numbers import parse_number


class TableBlock(WagtailTableBlock):
    """A table with caption and header cells, readable on a phone."""

    class Meta:
        icon = "table"
        label = _("Table")
        description = _("A table with caption and header cells.")
        template = "core/blocks/table.html"
        preview_value = {
            "first_row_is_table_header": True,
            "first_col_is_header": True,
            "table_caption": "Frister",
            "data": [["Steg", "Frist"], ["Vurdering", "10 virkedager"]],
        }

    def get_table_options(self, table_options=None):
        """Name the editor's language as its library does; core/table-language.js gives it the words."""
        return {**super().get_table_options(table_options), "language": "nb-NO"}

    def clean(self, value):
        """Ask for a caption: without one a screen reader cannot tell tables apart."""
        if value and not value.get("table_caption"):
            raise ValidationError(_("Give the table a caption."))
        return super().clean(value)


class ChartRowBlock(blocks.StructBlock):
    """One row of a chart's small table: a label and a value per series."""

    label = blocks.CharBlock(
        label=_("Label"), max_length=60, help_text=_("Stands under the bar or point, e.g. the year.")
    )
    values = blocks.CharBlock(
        label=_("Values"),
        max_length=120,
        help_text=_("One number per series, separated by semicolons, e.g. 12; 30,5."),
    )


class ChartValue(blocks.StructValue):
    """A chart's numbers in the shapes that templates and the drawing need."""

    @property
    def series_names(self) -> list[str]:
        """The series' names in order."""
        return [name.strip() for name in self["series"].split(";") if name.strip()]

    @property
    def table(self) -> list[tuple[str, list[float]]]:
        """Rows of (label, one value per series)."""
        return [(row["label"], [parse_number(v) for v in row["values"].split(";")]) for row in self["rows"]]


class ChartBlock(blocks.StructBlock):
    """A bar or line chart drawn on the server from a small table, which stays reachable."""

    title = blocks.CharBlock(
        label=_("Title"),
        max_length=150,
        help_text=_("What the chart shows; read aloud to those who cannot see it."),
    )
    kind = blocks.ChoiceBlock(
        search_index=False,
        label=_("Kind"),
        choices=[("bar", _("Bars")), ("line", _("Line"))],
        default="bar",
        help_text=_("Bars compare; a line shows how something changes."),
    )
    unit = blocks.CharBlock(
        label=_("Unit"),
        required=False,
        max_length=40,
        help_text=_("Shown on the axis. Left empty, the axis has no unit."),
    )
    series = blocks.CharBlock(
        label=_("Series"),
        max_length=200,
        default="Antall",
        help_text=_("Names of the series, separated by semicolons."),
    )
    rows = blocks.ListBlock(
        ChartRowBlock(label=_("Row")),
        label=_("Rows"),
        min_num=1,
        max_num=40,
        help_text=_("Drawn from left to right in this order."),
    )
    summary = blocks.CharBlock(
        label=_("In words"),
        required=False,
        max_length=300,
        help_text=_("The chart's message in one sentence. Left empty, only the table tells it."),
    )

    class Meta:
        icon = "order"
        label = _("Chart")
        description = _("Bars or lines drawn from a small table.")
        template = "core/blocks/chart.html"
        value_class = ChartValue
        preview_value = {
            "title": "Seminarer per år",
            "kind": "bar",
            "unit": "seminarer",
            "series": "Antall",
            "rows": [{"label": "2014", "values": "3"}, {"label": "2017", "values": "20"}],
        }

    def clean(self, value):
        """Every row must hold one number per series."""
        cleaned = super().clean(value)
        expected = len(cleaned.series_names)
        for row in cleaned["rows"]:
            parts = row["values"].split(";")
            if len(parts) != expected or any(parse_number(part) is None for part in parts):
                message = ValidationError(
                    _("Row “%(label)s” must hold %(count)d numbers separated by semicolons.")
                    % {"label": row["label"], "count": expected}
                )
                raise blocks.StructBlockValidationError(block_errors={"rows": message})
        return cleaned


class DocumentsBlock(blocks.StructBlock):
    """Files to download, with kind, size and language."""

    title = blocks.CharBlock(
        label=_("Heading"), required=False, max_length=120, help_text=_("Left empty, “Documents” is shown.")
    )
    documents = blocks.ListBlock(
        DocumentChooserBlock(label=_("Document")),
        label=_("Documents"),
        min_num=1,
        help_text=_("Listed in this order with kind and size."),
    )

    class Meta:
        icon = "doc-full"
        label = _("Documents")
        description = _("Files to download.")
        template = "core/blocks/documents.html"
