/* denied [--deny CALL=ERRNO]... [--no-ipc-lock] [--no-admin] [--locked BYTES] [--files COUNT]
 *        -- PROGRAM...
 * denied --pid PID --files COUNT
 *
 * Starts a program that is denied what containers and administrators deny: a seccomp filter answers
 * system calls of io_uring and some others with an errno, as a container's does; limits and a
 * capability are taken away. The second form takes them away from a program that runs. Exits 125 if
 * something cannot be denied here, with the reason. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CANNOT = 125, RULES_MAX = 8 };

static const struct {
  const char *name;
  int number;
} CALLS[] = {
    {"setup", __NR_io_uring_setup},
    {"enter", __NR_io_uring_enter},
    {"register", __NR_io_uring_register},
    {"epoll", __NR_epoll_create1},
    {"statx", __NR_statx},
    {"preadv2", __NR_preadv2},
    {"pwritev2", __NR_pwritev2},
}, ERRNOS[] = {{"EPERM", EPERM}, {"ENOSYS", ENOSYS}, {"ENOMEM", ENOMEM}, {"EINVAL", EINVAL}};

static void cannot(const char *what) {
  fprintf(stderr, "denied: cannot %s: %s\n", what, strerror(errno));
  exit(CANNOT);
}

static void misused(const char *what) {
  fprintf(stderr, "denied: what is %s?\n", what);
  exit(CANNOT);
}

struct rule {
  int call;
  int error;
};

static struct rule rule_of(const char *text) {
  struct rule rule = {-1, -1};
  const char *sign = strchr(text, '=');
  if (sign == NULL) misused(text);
  for (size_t i = 0; i < sizeof CALLS / sizeof CALLS[0]; i++) {
    size_t length = strlen(CALLS[i].name);
    if (length == (size_t)(sign - text) && strncmp(text, CALLS[i].name, length) == 0) {
      rule.call = CALLS[i].number;
    }
  }
  for (size_t i = 0; i < sizeof ERRNOS / sizeof ERRNOS[0]; i++) {
    if (strcmp(sign + 1, ERRNOS[i].name) == 0) rule.error = ERRNOS[i].number;
  }
  if (rule.call < 0 || rule.error < 0) misused(text);
  return rule;
}

static void filter(const struct rule *rules, size_t count) {
  struct sock_filter code[2 * RULES_MAX + 2];
  unsigned short length = 0;
  code[length++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                                offsetof(struct seccomp_data, nr));
  for (size_t i = 0; i < count; i++) {
    unsigned answer = SECCOMP_RET_ERRNO | ((unsigned)rules[i].error & SECCOMP_RET_DATA);
    code[length++] =
        (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)rules[i].call, 0, 1);
    code[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, answer);
  }
  code[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  struct sock_fprog program = {length, code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) cannot("set no_new_privs");
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) cannot("set a seccomp filter");
}

static void limit(pid_t process, int resource, const char *text) {
  rlim_t value = strtoul(text, NULL, 10);
  struct rlimit limit = {value, value};
  if (prlimit(process, resource, &limit, NULL) != 0) cannot("set a limit");
}

/* The program that is started gets back what the bounding set has, and no more. */
static void drop(int capability) {
  if (prctl(PR_CAPBSET_READ, capability, 0, 0, 0) != 1) return;
  if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0) return;
  if (geteuid() == 0) cannot("drop a capability");
}

int main(int count, char **words) {
  struct rule rules[RULES_MAX];
  size_t rules_count = 0;
  pid_t process = 0; /* This one. */
  int at = 1;
  for (; at < count && strcmp(words[at], "--") != 0; at++) {
    const char *option = words[at];
    const char *value = at + 1 < count ? words[at + 1] : "";
    if (strcmp(option, "--no-ipc-lock") == 0) {
      drop(CAP_IPC_LOCK);
      continue;
    }
    if (strcmp(option, "--no-admin") == 0) {
      drop(CAP_SYS_ADMIN);
      continue;
    }
    if (strcmp(option, "--deny") == 0 && rules_count < RULES_MAX) {
      rules[rules_count++] = rule_of(value);
    } else if (strcmp(option, "--locked") == 0) {
      limit(process, RLIMIT_MEMLOCK, value);
    } else if (strcmp(option, "--files") == 0) {
      limit(process, RLIMIT_NOFILE, value);
    } else if (strcmp(option, "--pid") == 0) {
      process = (pid_t)strtol(value, NULL, 10);
    } else {
      misused(option);
    }
    at++;
  }
  if (process != 0) return 0;
  if (at + 1 >= count) misused("the program");
  if (rules_count > 0) filter(rules, rules_count);
  execvp(words[at + 1], &words[at + 1]);
  cannot("start the program");
}
