/* The words of the table editor's menu. Its library brings English only, and warns of any other language. */
(function () {
  const { Handsontable, gettext } = window;
  if (!Handsontable || !gettext) return;
  const keys = Handsontable.languages.dictionaryKeys;
  Handsontable.languages.registerLanguageDictionary({
    languageCode: "nb-NO",
    [keys.CONTEXTMENU_ITEMS_ROW_ABOVE]: gettext("Insert row above"),
    [keys.CONTEXTMENU_ITEMS_ROW_BELOW]: gettext("Insert row below"),
    [keys.CONTEXTMENU_ITEMS_INSERT_LEFT]: gettext("Insert column left"),
    [keys.CONTEXTMENU_ITEMS_INSERT_RIGHT]: gettext("Insert column right"),
    [keys.CONTEXTMENU_ITEMS_REMOVE_ROW]: [gettext("Remove row"), gettext("Remove rows")],
    [keys.CONTEXTMENU_ITEMS_REMOVE_COLUMN]: [gettext("Remove column"), gettext("Remove columns")],
    [keys.CONTEXTMENU_ITEMS_UNDO]: gettext("Undo"),
    [keys.CONTEXTMENU_ITEMS_REDO]: gettext("Redo"),
  });
})();
