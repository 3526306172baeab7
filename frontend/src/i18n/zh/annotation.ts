import type en from "../en/annotation";

export default {} satisfies typeof en;
