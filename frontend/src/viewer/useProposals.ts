import { acceptBox, acceptClass, acceptRegion, boxOf, clearBox, paintInside } from "./core/accept";
import type { Point } from "./core/brush";
import type { Drawing } from "./core/drawing";
import type { Mask } from "./core/mask";
import type { ClickImage, Stroke } from "./core/propose";
import type { Rect } from "./core/rect";
import type { Rules } from "./core/rules";
import { Sources, type Counts, type Source } from "./core/sources";
import { greyValues } from "./core/values";
import { lookupTable } from "./core/window";
import { askForRegion } from "./segmenter";
import { NO_PROPOSAL, type Picture, type Proposal, type ViewerState } from "./types";

/** What the network says about the open image. */
export interface Belief {
  /** (H, W) class values */
  suggestion: Uint8Array | null;
  /** (C, H, W), probabilities in 255ths, in the order of `classes`; null where nobody kept them */
  probabilities: Uint8Array | null;
  classes: readonly number[];
}

const NO_BELIEF: Belief = { suggestion: null, probabilities: null, classes: [] };
/** Where there is a mask alone, this much of 255 is believed inside and outside of it. */
const MASK_INSIDE = 190;
const MASK_OUTSIDE = 45;
/** Sources of this many images are remembered, as long as their undo is. */
const KEPT = 40;

export interface ProposalsOptions {
  state: ViewerState;
  drawing: () => Drawing | null;
  /** the drawing, if a class may be drawn now */
  toDraw: (...classes: number[]) => Drawing | null;
}

/**
 * Masks that somebody proposes and the person takes over: the network's suggestion, and regions from clicks.
 *
 * Knows, too, where each pixel of the mask comes from.
 */
export function useProposals({ state, drawing, toDraw }: ProposalsOptions) {
  let belief = NO_BELIEF;
  let asked = 0;
  let sources: Sources | null = null;
  const known = new Map<number, Sources>();
  let source: Source = "drawn";
  let during: "act" | "undo" | "redo" = "act";
  let undoing: object | null = null;

  function opened(picture: Picture, now: Drawing): void {
    dropProposal();
    belief = NO_BELIEF;
    const before = known.get(picture.id);
    const goesOn = before !== undefined && (now.canUndo || now.canRedo) && before.fits(now.mask.data);
    if (goesOn) before.follow(now.mask.data);
    sources = goesOn ? before : new Sources(now.mask.data, now.mask.width);
    known.delete(picture.id);
    known.set(picture.id, sources);
    for (const id of [...known.keys()].slice(0, -KEPT)) known.delete(id);
  }

  /** A change of the mask is finished. */
  function changed(rect: Rect): void {
    const step = (during === "undo" ? undoing : drawing()?.last) as object | null | undefined;
    if (!step || !sources) return;
    if (during === "undo") sources.undone(rect, step);
    else if (during === "redo") sources.redone(rect, step);
    else sources.acted(rect, step, source);
  }

  /** What is done meanwhile comes from there. */
  function as(from: Source, work: () => void): void {
    source = from;
    work();
    source = "drawn";
  }

  function goBack(work: () => void): void {
    during = "undo";
    undoing = (drawing()?.last ?? null) as object | null;
    work();
    during = "act";
  }

  function goOn(work: () => void): void {
    during = "redo";
    work();
    during = "act";
  }

  function show(part: Partial<Proposal>): void {
    state.proposal = { ...state.proposal, ...part };
  }

  function dropProposal(): void {
    asked++;
    if (state.proposal !== NO_PROPOSAL) state.proposal = NO_PROPOSAL;
  }

  /** One action that takes something over. Returns whether it changed the mask. */
  function take(from: Source, work: (mask: Mask, rules: Rules) => Rect): boolean {
    if (state.readonly) return false;
    const before = state.revision;
    as(from, () => drawing()?.apply(work));
    return state.revision !== before;
  }

  /** Takes over all of the suggestion, or one class of it. Null where there is none. */
  function acceptSuggestion(value: number | null = null): boolean | null {
    const { suggestion } = belief;
    if (!suggestion || state.readonly) return suggestion && false;
    const before = state.revision;
    if (value === null) as("suggested", () => drawing()?.layOver(suggestion));
    else as("suggested", () => toDraw(value)?.apply((mask, rules) => acceptClass(mask, suggestion, value, rules)));
    return state.revision !== before;
  }

  function proposeBegin(point: Point, flipped: boolean): void {
    if (state.tool === "accept") show({ clears: flipped });
    else show({ clicks: [...state.proposal.clicks, { points: [point], inside: !flipped }] });
    pressed = point;
  }
  let pressed: Point = { x: 0, y: 0 };

  function proposeTo(point: Point): void {
    if (state.tool === "accept") show({ box: [pressed, point] });
    else {
      const clicks = state.proposal.clicks.slice();
      const last = clicks.pop();
      if (last) show({ clicks: [...clicks, { ...last, points: [...last.points, point] }] });
    }
  }

  function proposeEnd(): void {
    if (state.tool === "click") proposeAgain();
    if (state.tool !== "accept") return;
    const { box, clears } = state.proposal;
    const { suggestion } = belief;
    dropProposal();
    const at = pressed;
    if (box && clears) take("drawn", (mask, rules) => clearBox(mask, boxOf(...box, mask), rules));
    else if (!suggestion) return;
    else if (box) take("suggested", (mask, rules) => acceptBox(mask, suggestion, boxOf(...box, mask), rules));
    else if (!clears) take("suggested", (mask, rules) => acceptRegion(mask, suggestion, at, rules));
  }

  /** Asks for the region of the clicks so far; of several answers on the way the newest question's counts. */
  function proposeAgain(): void {
    const { clicks } = state.proposal;
    const { picture } = state;
    if (clicks.length === 0 || !picture) return;
    const mine = ++asked;
    show({ waiting: true });
    void askForRegion(clickImage(picture), spread(clicks)).then((inside) => {
      if (mine === asked) show({ inside, waiting: false });
    });
  }

  /** A scribble passes through every pixel on its way. */
  function spread(clicks: readonly Stroke[]): Stroke[] {
    return clicks.map(({ points, inside }) => {
      const all = points.slice(0, 1);
      for (const to of points.slice(1)) {
        const from = all[all.length - 1];
        const steps = Math.ceil(Math.hypot(to.x - from.x, to.y - from.y));
        for (let i = 1; i <= steps; i++)
          all.push({ x: from.x + ((to.x - from.x) * i) / steps, y: from.y + ((to.y - from.y) * i) / steps });
      }
      return { points: all, inside };
    });
  }

  function clickImage(picture: Picture): ClickImage {
    const { first, table } = lookupTable(picture.pixels, state.window);
    const grey = Uint8Array.from(greyValues(picture), (value) => table[value - first]);
    return { width: picture.width, height: picture.height, grey, prior: prior(grey.length) };
  }

  /** How far the network believes in the chosen class, in 255ths; null where none has looked, and for background. */
  function prior(size: number): Uint8Array | null {
    const { suggestion, probabilities, classes } = belief;
    const place = classes.indexOf(state.label);
    if (state.label === 0) return null;
    if (probabilities && place >= 0) return probabilities.slice(place * size, (place + 1) * size);
    return suggestion && suggestion.map((value) => (value === state.label ? MASK_INSIDE : MASK_OUTSIDE));
  }

  /** Puts the region that is shown on the mask, as one action. Returns whether that changed it. */
  function acceptProposal(): boolean {
    const { inside } = state.proposal;
    const value = state.label;
    if (!inside || state.proposal.waiting) return false;
    dropProposal();
    const before = state.revision;
    as("clicked", () => toDraw(value)?.apply((mask, rules) => paintInside(mask, inside, value, rules)));
    return state.revision !== before;
  }

  /** Takes the last click back, if there is one. */
  function clickBack(): boolean {
    const { clicks } = state.proposal;
    if (clicks.length === 0) return false;
    if (clicks.length === 1) dropProposal();
    else {
      show({ clicks: clicks.slice(0, -1) });
      proposeAgain();
    }
    return true;
  }

  /** What the network says, once it is known; `earlier`: where the pixels of the opened mask come from. */
  function setBelief(given: Belief | null, earlier: Counts | null = null): void {
    belief = given ?? NO_BELIEF;
    sources?.begin(earlier, belief.suggestion);
    proposeAgain();
  }

  return {
    ...{ opened, changed, as, dropProposal, clickBack, proposeAgain },
    ...{ undoing: goBack, redoing: goOn },
    surface: {
      ...{ acceptSuggestion, acceptProposal, dropProposal, proposeBegin, proposeTo, proposeEnd, setBelief },
      /** Where the pixels of the mask come from. */
      sources: (): Counts | null => sources?.count() ?? null,
    },
  };
}
