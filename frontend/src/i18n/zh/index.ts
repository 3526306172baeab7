import annotation from "./annotation";
import pages from "./pages";

export default { annotation, pages };
