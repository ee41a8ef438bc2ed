// Without an import: the command line checks what was typed before it loads anything.

/** A while in minutes or more; what is younger may still be asked for by those who wait for it. */
export const DURATION = {
  pattern: '^[1-9][0-9]{0,4}[mhd]$',
  allowed: 'a whole number from 1 to 99999 and m, h or d, such as 90m, 36h or 30d',
}
