/* Signals that end or stop the process: caught while a terminal is guarded, and passed on, so that
 * the process ends of the same signal as without us.
 *
 * A signal is let alone while it is ignored, or while somebody catches it who stays (a listener of
 * the program: libuv's handler). The process may then well go on, and if it ends in an orderly way,
 * `exit` gives the terminals back. One who is called once and then lets the signal do its work, as
 * Node's own handler of SIGINT and SIGTERM does, is called behind us.
 *
 * The handlers block all signals while they run, and call nothing that is not safe there. */
#include "terminal.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>

enum { SIGNALS_MAX = 32 };

/* The processor's, for a fault. Who catches one may put it right, as V8 does for WebAssembly. */
static const int faults[] = {SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, 0};
static const int ends[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGABRT,   SIGUSR1, SIGUSR2,
                           SIGPIPE, SIGALRM, SIGTERM, SIGSTKFLT, SIGXCPU, SIGXFSZ,
                           SIGVTALRM, SIGPROF, SIGIO, SIGPWR,    SIGSYS,  0};
static const int stops[] = {SIGTSTP, SIGCONT, 0};

struct caught {
  bool is_unwanted;
  struct sigaction before; /* Stays when we let go: somebody may put our handler back. */
};

static struct caught caught[SIGNALS_MAX];

static bool has(const int *signals, int signal) {
  while (*signals != 0 && *signals != signal) signals++;
  return signal != 0 && *signals == signal;
}

static void on_signal(int signal, siginfo_t *info, void *context);

static bool is_ours(const struct sigaction *action) {
  return (action->sa_flags & SA_SIGINFO) != 0 && action->sa_sigaction == on_signal;
}

static bool has_function(const struct sigaction *action) {
  if ((action->sa_flags & SA_SIGINFO) != 0) return true;
  return action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN;
}

static void catch(int signal) {
  struct sigaction action = {.sa_sigaction = on_signal};
  sigfillset(&action.sa_mask);
  action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
  sigaction(signal, &action, NULL);
}

static void let_default(int signal) {
  struct sigaction action = {.sa_handler = SIG_DFL};
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, NULL);
}

static void call_before(int signal, siginfo_t *info, void *context) {
  const struct sigaction *before = &caught[signal].before;
  if ((before->sa_flags & SA_SIGINFO) != 0) {
    before->sa_sigaction(signal, info, context);
  } else {
    before->sa_handler(signal);
  }
}

/* Here the process ends, or stops and comes back. */
static void raise_unblocked(int signal) {
  sigset_t one, before;
  sigemptyset(&one);
  sigaddset(&one, signal);
  pthread_sigmask(SIG_UNBLOCK, &one, &before);
  raise(signal);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* True if whoever caught it before us has put the fault right: else he has made way for the end,
 * which comes when we return. */
static bool is_put_right(int signal, siginfo_t *info, void *context) {
  struct sigaction now;
  call_before(signal, info, context);
  return sigaction(signal, NULL, &now) == 0 && is_ours(&now);
}

static void on_end(int signal, siginfo_t *info, void *context) {
  const struct sigaction *before = &caught[signal].before;
  bool is_called_once = (before->sa_flags & SA_RESETHAND) != 0;
  if (has_function(before) && !is_called_once) {
    if (!is_put_right(signal, info, context)) guards_process_ends();
    return;
  }
  guards_process_ends();
  let_default(signal);
  if (has_function(before)) call_before(signal, info, context);
  raise_unblocked(signal);
  /* Only the first process of a container survives that. */
  caught[signal].before = (struct sigaction){.sa_handler = SIG_DFL};
  catch(signal);
  guards_process_survives();
}

static void on_stop(void) {
  guards_process_stops();
  let_default(SIGTSTP);
  raise_unblocked(SIGTSTP);
  catch(SIGTSTP);
  guards_process_continues();
}

static void on_signal(int signal, siginfo_t *info, void *context) {
  int error = errno;
  if (signal == SIGTSTP) {
    on_stop();
  } else if (signal == SIGCONT) {
    guards_process_continues();
  } else {
    on_end(signal, info, context);
  }
  errno = error;
}

static bool is_for_us(int signal, const struct sigaction *now) {
  if (is_ours(now)) return false;
  if (!has_function(now)) return now->sa_handler == SIG_DFL;
  if (has(faults, signal)) return true;
  return has(ends, signal) && (now->sa_flags & SA_RESETHAND) != 0;
}

static void begin(int signal) {
  struct sigaction now;
  if (caught[signal].is_unwanted || sigaction(signal, NULL, &now) != 0) return;
  if (!is_for_us(signal, &now)) return;
  caught[signal].before = now;
  catch(signal);
}

/* If somebody has taken the signal over since, it stays his. */
static void end(int signal) {
  struct sigaction now;
  if (sigaction(signal, NULL, &now) == 0 && is_ours(&now)) {
    sigaction(signal, &caught[signal].before, NULL);
  }
}

static void each(void (*act)(int signal)) {
  for (const int *it = faults; *it != 0; it++) act(*it);
  for (const int *it = ends; *it != 0; it++) act(*it);
  for (const int *it = stops; *it != 0; it++) act(*it);
}

void signals_catch(void) { each(begin); }
void signals_let_go(void) { each(end); }

int signal_choose(int signal, bool is_on, bool is_guarding) {
  if (!has(faults, signal) && !has(ends, signal) && !has(stops, signal)) return -EINVAL;
  caught[signal].is_unwanted = !is_on;
  if (!is_on) {
    end(signal);
  } else if (is_guarding) {
    begin(signal);
  }
  return 0;
}
