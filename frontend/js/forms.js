/** Loaded by pages with longer forms: the summary of errors takes focus and links to each field. */
import "@digdir/designsystemet-web/ds-error-summary";
