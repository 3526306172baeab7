/** Longer pauses are not work: the reader is away, or thinks about something else. */
const LONGEST_PAUSE = 10;

/** Seconds of work, from when things were done: the gaps between them, except those over ten seconds. */
export class ActiveTime {
  private total = 0;
  private last: number | null = null;

  /** now: seconds, from any clock that only goes forward */
  note(now: number): void {
    if (this.last !== null && now - this.last <= LONGEST_PAUSE) this.total += now - this.last;
    this.last = now;
  }

  get seconds(): number {
    return this.total;
  }
}
