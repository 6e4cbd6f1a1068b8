/* A wall clock that is set again and again: for a program that is started with this as LD_PRELOAD.
 * Whoever reads it for a deadline is a day ahead of the kernel, as if it had been set back at once;
 * whoever reads the time of day finds it a day ahead and a day behind in turn. The clock that only
 * goes on, CLOCK_MONOTONIC, stays as it is. */

#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define DAY_SECONDS 86400

static atomic_uint reads;

int clock_gettime(clockid_t clock, struct timespec *time) {
  long answer = syscall(SYS_clock_gettime, clock, time);
  if (answer == 0 && clock == CLOCK_REALTIME) time->tv_sec += DAY_SECONDS;
  return (int)answer;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  long answer = syscall(SYS_gettimeofday, time, zone);
  int is_ahead = atomic_fetch_add(&reads, 1) % 2 == 0;
  if (answer == 0) time->tv_sec += is_ahead ? DAY_SECONDS : -DAY_SECONDS;
  return (int)answer;
}
