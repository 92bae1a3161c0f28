/** The clock of the pretended host: true time, moved and put into a zone by order of the control port. */
export class HostClock {
  /** True time, which nobody sets back: what takes time is measured with it. */
  readonly steady: () => number;
  /** Minutes from UTC; a change of daylight saving time changes it. */
  zoneMinutes: number;
  #offset = 0;

  constructor(steady: () => number, zoneMinutes: number) {
    this.steady = steady;
    this.zoneMinutes = zoneMinutes;
  }

  /** Milliseconds since 1970, as the host believes. */
  readonly now = (): number => this.steady() + this.#offset;

  /** What the clock on its wall shows, in milliseconds: redo and control files keep this and do not know of zones. */
  readonly wall = (): number => this.now() + this.zoneMinutes * 60_000;

  /** Sets it so far off true time; negative: back. */
  shift(milliseconds: number): void {
    this.#offset = milliseconds;
  }
}
