"""The pages of "Import people": choose a file, settle its columns, look at the preview, confirm, see what was done."""
