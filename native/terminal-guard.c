/* The guard: terminals get their modes back however the process ends, and while it is stopped.
 *
 * The table is the process's, as the terminals are. Threads change it under a lock; the handlers of
 * signals only read it, and take none: a place is read while it is armed, and what is in it does
 * not change in that time, but for `set`, of which there are two to turn between. */
#include "state.h"
#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

struct guarded {
  _Atomic bool is_armed;
  int fd;              /* A duplicate of our own, so that it stays open. */
  unsigned device;     /* The terminal's, whatever it was opened as, such as /dev/tty. */
  dev_t node;          /* As what it was opened. */
  unsigned owners;     /* Threads that guard it. */
  struct modes saved;  /* As they were. */
  struct modes set[2]; /* As we have set them last: `last` is its number and 1, or 0. */
  _Atomic unsigned last;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct guarded table[GUARDED_MAX];
static pid_t guardian; /* A fork of the process must not do what we do. */
static _Atomic bool is_ending, is_stopping;

/* Another has the terminal, and this process would be stopped if it used it. */
static bool is_background(const struct guarded *it) {
  pid_t group = 0;
  if (ioctl(it->fd, TIOCGPGRP, &group) < 0) return false; /* It is not our session's. */
  return group > 0 && group != getpgrp();
}

static bool is_same(const struct guarded *it) {
  unsigned device = 0;
  return ioctl(it->fd, TIOCGDEV, &device) == 0 && device == it->device;
}

/* In the background the modes are not ours to change if somebody has changed them since: a shell,
 * or the program that it runs now. */
static bool may_give_back(const struct guarded *it) {
  struct modes now;
  if (!is_same(it)) return false;
  if (!is_background(it)) return true;
  if (it->last == 0 || modes_get(it->fd, &now) < 0) return false;
  return memcmp(&now, &it->set[it->last - 1], sizeof now) == 0;
}

/* With SIGTTOU blocked, which would stop a process in the background. Safe in a handler. */
static void give_back(const struct guarded *it) {
  sigset_t stop, before;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTTOU);
  pthread_sigmask(SIG_BLOCK, &stop, &before);
  if (may_give_back(it)) modes_set(it->fd, &it->saved);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void give_back_all(void) {
  for (int i = 0; i < GUARDED_MAX; i++) {
    if (table[i].is_armed) give_back(&table[i]);
  }
}

/* As we had set them, if the terminal is ours. Whoever changes modes while the process may end in
 * another thread looks afterwards: then one of the two has given back after both. */
static void take_again_all(void) {
  for (int i = 0; i < GUARDED_MAX; i++) {
    const struct guarded *it = &table[i];
    if (!it->is_armed || it->last == 0 || !is_same(it) || is_background(it)) continue;
    modes_set(it->fd, &it->set[it->last - 1]);
    if (is_ending) give_back(it);
  }
}

void guards_process_ends(void) {
  if (getpid() != guardian) return;
  is_ending = true;
  give_back_all();
}

void guards_process_stops(void) {
  if (getpid() != guardian) return;
  is_stopping = true;
  give_back_all();
}

/* A process that is told to end is often told to continue, too, lest it sleep through it. */
void guards_process_continues(void) {
  if (getpid() != guardian || is_ending) return;
  is_stopping = false;
  take_again_all();
}

/* The signal that should have ended the process has not. */
void guards_process_survives(void) {
  is_ending = false;
  guards_process_continues();
}

/* By its device; if it has been hung up, and tells that no more, by its node. */
static struct guarded *find(int fd) {
  struct stat status;
  unsigned device = 0;
  bool is_alive = ioctl(fd, TIOCGDEV, &device) == 0;
  if (!is_alive && fstat(fd, &status) < 0) return NULL;
  for (int i = 0; i < GUARDED_MAX; i++) {
    struct guarded *it = &table[i];
    if (!it->is_armed) continue;
    if (is_alive ? it->device == device : it->node == status.st_rdev) return it;
  }
  return NULL;
}

/* The modes were set: remembers them as the kernel took them. If a signal has given the terminal
 * back in the meantime, so does this. */
void guard_note_modes(int fd) {
  pthread_mutex_lock(&lock);
  struct guarded *it = find(fd);
  if (it != NULL) {
    unsigned next = it->last == 1 ? 2 : 1;
    if (modes_get(it->fd, &it->set[next - 1]) == 0) it->last = next;
    if (is_ending || is_stopping) give_back(it);
  }
  pthread_mutex_unlock(&lock);
}

/* Fills a place; one whose terminal has gone, and come back under its number, anew. */
static int arm(struct guarded *it, int fd) {
  struct guarded fresh = {.owners = it->owners};
  struct stat status;
  if (ioctl(fd, TIOCGDEV, &fresh.device) < 0) return -errno;
  if (fstat(fd, &status) < 0 || modes_get(fd, &fresh.saved) < 0) return -errno;
  fresh.node = status.st_rdev;
  fresh.fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
  if (fresh.fd < 0) return -errno;
  if (it->is_armed) {
    it->is_armed = false;
    close(it->fd);
  }
  *it = fresh;
  it->is_armed = true;
  return 0;
}

static struct guarded *find_free(void) {
  for (int i = 0; i < GUARDED_MAX; i++) {
    if (!table[i].is_armed) return &table[i];
  }
  return NULL;
}

static int prepare(void) {
  if (guardian == getpid()) return 0;
  stay_loaded(); /* The exit and the signals call us. */
  if (atexit(guards_process_ends) != 0) return -ENOMEM;
  guardian = getpid();
  return 0;
}

static int begin(bool *guards, int fd) {
  struct guarded *it = find(fd);
  if (it == NULL || !is_same(it)) {
    int error = prepare();
    if (it == NULL) it = find_free();
    if (it == NULL) return -ENOSPC;
    if (error == 0) error = arm(it, fd);
    if (error != 0) return error;
  }
  if (!guards[it - table]) it->owners++;
  guards[it - table] = true;
  signals_catch();
  return 0;
}

/* `guards` says which terminals the thread guards already. */
int guard_begin(bool *guards, int fd) {
  pthread_mutex_lock(&lock);
  int error = begin(guards, fd);
  pthread_mutex_unlock(&lock);
  return error;
}

static bool is_guarding(void) {
  for (int i = 0; i < GUARDED_MAX; i++) {
    if (table[i].is_armed) return true;
  }
  return false;
}

static void end(bool *guards, struct guarded *it) {
  guards[it - table] = false;
  if (--it->owners > 0) return;
  give_back(it);
  it->is_armed = false;
  close(it->fd);
  if (!is_guarding()) signals_let_go();
}

int guard_end(bool *guards, int fd) {
  pthread_mutex_lock(&lock);
  struct guarded *it = find(fd);
  int error = it == NULL || !guards[it - table] ? -ENOENT : 0;
  if (error == 0) end(guards, it);
  pthread_mutex_unlock(&lock);
  return error;
}

/* Thread: the environment's, whose JavaScript runs no more. */
void guards_end(struct state *state) {
  pthread_mutex_lock(&lock);
  for (int i = 0; i < GUARDED_MAX; i++) {
    if (state->guards[i]) end(state->guards, &table[i]);
  }
  pthread_mutex_unlock(&lock);
}

int guard_choose_signal(int signal, bool is_on) {
  pthread_mutex_lock(&lock);
  int error = signal_choose(signal, is_on, is_guarding());
  pthread_mutex_unlock(&lock);
  return error;
}
