/* Terminals: their modes, and what the guard and its signals know of each other. */
#ifndef OVERLAPPED_TERMINAL_H
#define OVERLAPPED_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>

enum { MODE_CHARACTERS = 19 };

/* The kernel's `struct termios2`, which cannot be had from its headers beside the C library's own
 * `struct termios`. Of asm-generic; `src/kernel/terminal-abi.ts` refuses other architectures. */
struct modes {
  uint32_t input_flags, output_flags, control_flags, local_flags;
  uint8_t discipline;
  uint8_t characters[MODE_CHARACTERS];
  uint32_t input_speed, output_speed;
};

/* terminal.c. As system calls: 0, or -1 with errno. Safe in a signal's handler. */
int modes_get(int fd, struct modes *modes);
int modes_set(int fd, const struct modes *modes);

/* terminal-guard.c. Safe in a signal's handler. */
void guards_process_ends(void);
void guards_process_stops(void);
void guards_process_continues(void);
void guards_process_survives(void);

/* terminal-guard.c. */
void guard_note_modes(int fd);
int guard_begin(bool *guards, int fd);
int guard_end(bool *guards, int fd);
int guard_choose_signal(int signal, bool is_on);

/* terminal-signals.c. Called with the guard's lock held. */
void signals_catch(void);
void signals_let_go(void);
int signal_choose(int signal, bool is_on, bool is_guarding);

#endif
