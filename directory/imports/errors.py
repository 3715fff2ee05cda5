"""What an import cannot do, said to the user."""


class UnreadableFile(ValueError):
    """A file that holds no table we can read; the text is a sentence for the user."""


class PreviewHasChanged(Exception):
    """The preview is another than the one that was looked at; the text is a sentence for the user."""


class MayNotSubscribe(Exception):
    """The preview adds people to something this user may add nobody to; the text is a sentence for the user."""
