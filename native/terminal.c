/* What only a terminal can do. All at once, on the environment's thread: none of it waits for the
 * other end. */
#include "check.h"
#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Their macros in the kernel's headers need the structure that cannot be had. */
#define MODES_GET _IOR('T', 0x2A, struct modes)
#define MODES_SET _IOW('T', 0x2B, struct modes)

enum {
  MODE_WORDS = 7 + MODE_CHARACTERS,
  SPEED_BITS = 0x100f,   /* CBAUD. */
  SPEED_IN_WORD = 0x1000, /* BOTHER. */
  INPUT_SPEED_SHIFT = 16, /* IBSHIFT. */
  SIZE_WORDS = 4,
  PATH_BYTES = 64,
};

_Static_assert(sizeof(struct modes) == 44, "as large as the kernel's");

int modes_get(int fd, struct modes *modes) { return ioctl(fd, MODES_GET, modes); }
int modes_set(int fd, const struct modes *modes) { return ioctl(fd, MODES_SET, modes); }

static napi_value outcome(napi_env env, int result) {
  return answer(env, result < 0 ? -errno : result);
}

/* Returns NULL with an exception pending. */
static uint32_t *words_of(napi_env env, napi_value value) {
  uint32_t *words = NULL;
  size_t length = 0;
  napi_typedarray_type type;
  napi_status status =
      napi_get_typedarray_info(env, value, &type, &length, (void **)&words, NULL, NULL);
  if (status == napi_ok && type == napi_uint32_array && length >= MODE_WORDS) return words;
  fail(env, "Not so: a Uint32Array of 26 words", status);
  return NULL;
}

/* getModes(fd, words) → 0, or a negative errno.
 * Thread: the environment's. Memory: written during the call. At exit: nothing. */
static napi_value get_modes(napi_env env, napi_callback_info info) {
  ARGUMENTS(2);
  INT32(fd, 0);
  uint32_t *words = words_of(env, arguments[1]);
  if (words == NULL) return NULL;
  struct modes modes;
  if (modes_get(fd, &modes) < 0) return outcome(env, -1);
  const uint32_t head[] = {modes.input_flags, modes.output_flags, modes.control_flags,
                           modes.local_flags, modes.discipline,   modes.input_speed,
                           modes.output_speed};
  memcpy(words, head, sizeof head);
  for (int i = 0; i < MODE_CHARACTERS; i++) words[7 + i] = modes.characters[i];
  return answer(env, 0);
}

/* The usual speeds have a code in the control flags, by which other programs know them. */
static uint32_t speed_bits(uint32_t speed) {
  static const uint32_t usual[] = {0,   50,  75,  110,  134,  150,  200,  300,
                                   600, 1200, 1800, 2400, 4800, 9600, 19200, 38400};
  static const uint32_t fast[] = {57600,   115200,  230400,  460800,  500000,
                                  576000,  921600,  1000000, 1152000, 1500000,
                                  2000000, 2500000, 3000000, 3500000, 4000000};
  for (uint32_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
    if (usual[i] == speed) return i;
  }
  for (uint32_t i = 0; i < sizeof fast / sizeof fast[0]; i++) {
    if (fast[i] == speed) return SPEED_IN_WORD | (i + 1);
  }
  return SPEED_IN_WORD;
}

/* From words to what the kernel takes. An input speed like the output's has no bits of its own. */
static struct modes modes_of(const uint32_t *words) {
  struct modes modes = {.input_flags = words[0],
                        .output_flags = words[1],
                        .local_flags = words[3],
                        .discipline = (uint8_t)words[4],
                        .input_speed = words[5],
                        .output_speed = words[6]};
  uint32_t input = words[5] == words[6] ? 0 : speed_bits(words[5]);
  modes.control_flags = words[2] & ~(uint32_t)(SPEED_BITS | SPEED_BITS << INPUT_SPEED_SHIFT);
  modes.control_flags |= speed_bits(words[6]) | input << INPUT_SPEED_SHIFT;
  for (int i = 0; i < MODE_CHARACTERS; i++) modes.characters[i] = (uint8_t)words[7 + i];
  return modes;
}

/* setModes(fd, words, when) → 0, or a negative errno. The speeds are those of their words,
 * whatever the control flags say.
 * Thread: the environment's; in the background the process stops (SIGTTOU). Memory: read during
 * the call. At exit: the guard gives back what was before, if there is one. */
static napi_value set_modes(napi_env env, napi_callback_info info) {
  ARGUMENTS(3);
  INT32(fd, 0);
  UINT32(when, 2);
  REQUIRE(when == 0 || when == 2);
  const uint32_t *words = words_of(env, arguments[1]);
  if (words == NULL) return NULL;
  const struct modes modes = modes_of(words);
  if (modes_set(fd, &modes) < 0) return outcome(env, -1);
  guard_note_modes(fd);
  return outcome(env, when == 2 ? ioctl(fd, TCFLSH, TCIFLUSH) : 0);
}

/* getSize(fd, out) → 0, or a negative errno.
 * Thread: the environment's. Memory: written during the call. At exit: nothing. */
static napi_value get_size(napi_env env, napi_callback_info info) {
  ARGUMENTS(2);
  INT32(fd, 0);
  uint16_t *out = NULL;
  size_t length = 0;
  napi_typedarray_type type;
  CHECK(napi_get_typedarray_info(env, arguments[1], &type, &length, (void **)&out, NULL, NULL));
  REQUIRE(type == napi_uint16_array && length >= SIZE_WORDS);
  struct winsize size;
  if (ioctl(fd, TIOCGWINSZ, &size) < 0) return outcome(env, -1);
  const uint16_t words[SIZE_WORDS] = {size.ws_row, size.ws_col, size.ws_xpixel, size.ws_ypixel};
  memcpy(out, words, sizeof words);
  return answer(env, 0);
}

/* setSize(fd, rows, columns) → 0, or a negative errno. Pixels stay as they are.
 * Thread: the environment's. Memory: none. At exit: nothing. */
static napi_value set_size(napi_env env, napi_callback_info info) {
  ARGUMENTS(3);
  INT32(fd, 0);
  UINT32(rows, 1);
  UINT32(columns, 2);
  REQUIRE(rows <= UINT16_MAX && columns <= UINT16_MAX);
  struct winsize size;
  if (ioctl(fd, TIOCGWINSZ, &size) < 0) return outcome(env, -1);
  size.ws_row = (uint16_t)rows;
  size.ws_col = (uint16_t)columns;
  return outcome(env, ioctl(fd, TIOCSWINSZ, &size));
}

/* exclusive(fd, isOn) → 0, or a negative errno.
 * Thread: the environment's. Memory: none. At exit: it ends with the last descriptor. */
static napi_value exclusive(napi_env env, napi_callback_info info) {
  ARGUMENTS(2);
  INT32(fd, 0);
  BOOL(is_on, 1);
  return outcome(env, ioctl(fd, is_on ? TIOCEXCL : TIOCNXCL));
}

/* lines(fd) → bits of the modem lines, or a negative errno.
 * Thread: the environment's. Memory: none. At exit: nothing. */
static napi_value get_lines(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  INT32(fd, 0);
  int bits = 0;
  return outcome(env, ioctl(fd, TIOCMGET, &bits) < 0 ? -1 : bits);
}

/* setLines(fd, set, clear) → 0, or a negative errno.
 * Thread: the environment's. Memory: none. At exit: nothing. */
static napi_value set_lines(napi_env env, napi_callback_info info) {
  ARGUMENTS(3);
  INT32(fd, 0);
  INT32(set, 1);
  INT32(clear, 2);
  int result = ioctl(fd, TIOCMBIS, &set);
  return outcome(env, result < 0 ? result : ioctl(fd, TIOCMBIC, &clear));
}

/* breakLine(fd, isOn) → 0, or a negative errno.
 * Thread: the environment's. Memory: none. At exit: nothing. */
static napi_value break_line(napi_env env, napi_callback_info info) {
  ARGUMENTS(2);
  INT32(fd, 0);
  BOOL(is_on, 1);
  return outcome(env, ioctl(fd, is_on ? TIOCSBRK : TIOCCBRK));
}

/* waiting(fd) → { input, output } in bytes, or a negative errno.
 * Thread: the environment's. Memory: none. At exit: nothing. */
static napi_value waiting(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  INT32(fd, 0);
  int bytes_in = 0, bytes_out = 0;
  if (ioctl(fd, FIONREAD, &bytes_in) < 0 || ioctl(fd, TIOCOUTQ, &bytes_out) < 0) {
    return outcome(env, -1);
  }
  napi_value object, input, output;
  CHECK(napi_create_object(env, &object));
  CHECK(napi_create_int32(env, bytes_in, &input));
  CHECK(napi_create_int32(env, bytes_out, &output));
  CHECK(napi_set_named_property(env, object, "input", input));
  CHECK(napi_set_named_property(env, object, "output", output));
  return object;
}

/* discard(fd, queue) → 0, or a negative errno. Queue: 0 input, 1 output, 2 both.
 * Thread: the environment's. Memory: none. At exit: nothing. */
static napi_value discard(napi_env env, napi_callback_info info) {
  ARGUMENTS(2);
  INT32(fd, 0);
  UINT32(queue, 1);
  REQUIRE(queue <= TCIOFLUSH);
  return outcome(env, ioctl(fd, TCFLSH, queue));
}

/* foregroundGroup(fd) → process group, or a negative errno.
 * Thread: the environment's. Memory: none. At exit: nothing. */
static napi_value foreground_group(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  INT32(fd, 0);
  return outcome(env, tcgetpgrp(fd));
}

/* openPty() → { controller, follower }, or a negative errno. Without O_NONBLOCK a write to the
 * controller would wait within the system call, as a terminal's does, and stop the thread.
 * Thread: the environment's. Memory: none. At exit: the controller is closed. */
static napi_value open_pty(napi_env env, napi_callback_info info) {
  NO_ARGUMENTS;
  char path[PATH_BYTES];
  int fd = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return outcome(env, fd);
  int error = grantpt(fd) < 0 || unlockpt(fd) < 0 ? errno : ptsname_r(fd, path, sizeof path);
  if (error != 0) {
    close(fd);
    return answer(env, -error);
  }
  napi_value object, controller, follower;
  CHECK(napi_create_int32(env, descriptor_own_private(state, fd), &controller));
  CHECK(napi_create_object(env, &object));
  CHECK(napi_create_string_utf8(env, path, NAPI_AUTO_LENGTH, &follower));
  CHECK(napi_set_named_property(env, object, "controller", controller));
  CHECK(napi_set_named_property(env, object, "follower", follower));
  return object;
}

/* guard(fd) → 0, or a negative errno.
 * Thread: the environment's. Memory: a place in the table of the process. At exit: the terminal
 * gets its modes back. */
static napi_value guard(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  INT32(fd, 0);
  return answer(env, guard_begin(state->guards, fd));
}

/* release(fd) → 0, or a negative errno.
 * Thread: the environment's. Memory: the place in the table is free. At exit: nothing. */
static napi_value release(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  INT32(fd, 0);
  return answer(env, guard_end(state->guards, fd));
}

/* guardSignals(signal, isOn) → 0, or a negative errno for a signal that is never caught.
 * Thread: the environment's. Memory: none. At exit: nothing. */
static napi_value guard_signals(napi_env env, napi_callback_info info) {
  ARGUMENTS(2);
  INT32(signal, 0);
  BOOL(is_on, 1);
  return answer(env, guard_choose_signal(signal, is_on));
}

const struct function terminal_functions[] = {
    {"getModes", get_modes},
    {"setModes", set_modes},
    {"getSize", get_size},
    {"setSize", set_size},
    {"exclusive", exclusive},
    {"lines", get_lines},
    {"setLines", set_lines},
    {"breakLine", break_line},
    {"waiting", waiting},
    {"discard", discard},
    {"foregroundGroup", foreground_group},
    {"openPty", open_pty},
    {"guard", guard},
    {"release", release},
    {"guardSignals", guard_signals},
    {NULL, NULL},
};
