/** What makes a public page smoother. Every page works without it. */
import { startChecklists } from "./checklist.js";
import { startFeedback } from "./feedback.js";
import { startFilms } from "./film.js";
import { startMenu } from "./menu.js";
import { startPrint } from "./print.js";
import { startSuggestions } from "./suggestions.js";
import { startContents } from "./toc.js";

startMenu();
startSuggestions();
startContents();
startFilms();
startPrint();
startFeedback();
startChecklists();
