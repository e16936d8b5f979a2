/** The package has no types of its own. */
declare module 'pcg-random' {
  export default class PcgRandom {
    constructor(seedLow: number, seedHigh: number, incrementLow: number, incrementHigh: number);
    /** A uint32. */
    next32(): number;
  }
}
