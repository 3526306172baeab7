import annotation from "./annotation";
import drawing from "./drawing";
import frame from "./frame";
import home from "./home";
import keeping from "./keeping";
import look from "./look";
import loop from "./loop";
import nets from "./nets";
import pacs from "./pacs";
import pages from "./pages";
import people from "./people";
import quarantine from "./quarantine";
import results from "./results";
import upload from "./upload";
import words from "./words";

export default { annotation, look, pages, ...drawing, ...nets, ...words, ...keeping, ...frame, ...home, ...upload, ...pacs, ...quarantine, ...loop, ...results, ...people };
