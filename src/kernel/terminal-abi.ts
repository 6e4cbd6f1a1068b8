// Numbers of the terminal interface, from asm-generic/termbits.h and asm-generic/ioctls.h. They
// are those of the architectures named here; others (ppc64, mips, sparc) have their own.

const ARCHITECTURES: ReadonlySet<string> = new Set([
  "x64",
  "ia32",
  "arm",
  "arm64",
  "riscv64",
  "s390x",
  "loong64",
]);

/** Null if these numbers are those of this machine, else why not. */
export const TERMINAL_REASON: string | null = ARCHITECTURES.has(process.arch)
  ? null
  : `terminals of ${process.arch} have other numbers`;

/** Places in the words of the modes; 4 is the line discipline, which stays as it is. */
export const INPUT_FLAGS: number = 0;
export const OUTPUT_FLAGS: number = 1;
export const CONTROL_FLAGS: number = 2;
export const LOCAL_FLAGS: number = 3;
export const INPUT_SPEED: number = 5;
export const OUTPUT_SPEED: number = 6;
/** The first of the 19 control characters. */
export const CHARACTERS: number = 7;
export const MODES_WORDS: number = CHARACTERS + 19;

/** Control characters, by their place after `CHARACTERS`. */
export const VEOF: number = 4;
export const VTIME: number = 5;
export const VMIN: number = 6;

/** Input flags. */
export const IGNBRK: number = 0o1;
export const BRKINT: number = 0o2;
export const PARMRK: number = 0o10;
export const INPCK: number = 0o20;
export const ISTRIP: number = 0o40;
export const INLCR: number = 0o100;
export const IGNCR: number = 0o200;
export const ICRNL: number = 0o400;
export const IXON: number = 0o2000;
export const IXANY: number = 0o4000;
export const IXOFF: number = 0o10000;
export const IUTF8: number = 0o40000;

/** Output flags. */
export const OPOST: number = 0o1;
export const ONLCR: number = 0o4;

/** Control flags. */
export const CBAUD: number = 0o10017;
/** "The speed is in its word": with it, any number of baud can be asked for. */
export const BOTHER: number = 0o10000;
export const CIBAUD: number = 0o2003600000;
export const CSIZE: number = 0o60;
export const CS5: number = 0;
export const CS6: number = 0o20;
export const CS7: number = 0o40;
export const CS8: number = 0o60;
export const CSTOPB: number = 0o100;
export const CREAD: number = 0o200;
export const PARENB: number = 0o400;
export const PARODD: number = 0o1000;
export const HUPCL: number = 0o2000;
export const CLOCAL: number = 0o4000;
export const CMSPAR: number = 0o10000000000;
export const CRTSCTS: number = 0o20000000000;

/** Local flags. */
export const ISIG: number = 0o1;
export const ICANON: number = 0o2;
export const ECHO: number = 0o10;
export const ECHOE: number = 0o20;
export const ECHONL: number = 0o100;
export const IEXTEN: number = 0o100000;

/** Modem lines, as `lines` answers and `setLines` takes them. */
export const TIOCM_DTR: number = 0x002;
export const TIOCM_RTS: number = 0x004;
export const TIOCM_CTS: number = 0x020;
/** Carrier. */
export const TIOCM_CAR: number = 0x040;
/** Ring. */
export const TIOCM_RNG: number = 0x080;
export const TIOCM_DSR: number = 0x100;
