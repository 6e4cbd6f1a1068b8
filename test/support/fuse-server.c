/* fuse-server DIRECTORY
 *
 * A file system in memory, mounted there, that fails in every way it is told to: a server that
 * hangs, answers errors or little, and comes back. It speaks the kernel's own protocol
 * (linux/fuse.h) on /dev/fuse. One thread: commands come in lines, and what happens is told so.
 *
 *   rule CALL pass | hold | error ERRNO | short BYTES    of requests from now on; CALL may be `all`
 *   rule CALL last                                       answers that one, and then is deaf
 *   interrupts hear | ignore                             whether a held request can be interrupted
 *   release                                              answers those that are held, oldest first
 *   listen                                               is deaf no more
 *   remember                                             names may be, from then on, by the kernel
 *
 * Each is answered by `done`. Told is `asked CALL ID`, when the kernel asks.
 * With the end of its input nothing is left: no mount, and no request that waits. So it is after
 * some minutes in any case: who waits for this server cannot always be killed, and then its input
 * would never end. Exits 125 with the reason if nothing can be mounted. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
  CANNOT = 125,
  CALLS = 64,          /* More than the protocol has. */
  NODES = 1024,        /* Never used again, so that no number means two files. */
  NAME_BYTES = 256,
  TRANSFER_BYTES = 1 << 17,
  MESSAGE_BYTES = TRANSFER_BYTES + 4096,
  LINE_BYTES = 256,
  LIFE_SECONDS = 240,
};

static const char *const NAMES[CALLS] = {
    [FUSE_LOOKUP] = "lookup",   [FUSE_GETATTR] = "getattr", [FUSE_SETATTR] = "setattr",
    [FUSE_OPEN] = "open",       [FUSE_CREATE] = "create",   [FUSE_READ] = "read",
    [FUSE_WRITE] = "write",     [FUSE_FSYNC] = "fsync",     [FUSE_FLUSH] = "flush",
    [FUSE_RELEASE] = "release", [FUSE_UNLINK] = "unlink",   [FUSE_RENAME] = "rename",
    [FUSE_RENAME2] = "rename2", [FUSE_OPENDIR] = "opendir", [FUSE_READDIR] = "readdir",
    [FUSE_RELEASEDIR] = "releasedir", [FUSE_STATFS] = "statfs",
    [FUSE_FALLOCATE] = "fallocate",
};

enum act { PASS, HOLD, ERROR, SHORT, LAST };
static const char *const ACTS[] = {"pass", "hold", "error", "short", "last"};

struct rule {
  enum act act;
  long number; /* Of the errno, or of bytes. */
};

struct message {
  struct message *next;
  struct fuse_in_header head;
  char body[];
};

struct node {
  char name[NAME_BYTES]; /* Empty when it has none any more. */
  char *bytes;
  size_t size;
};

static int device;
static const char *directory;
static struct rule rules[CALLS];
static struct message *held;
static bool is_deaf, hears_interrupts;
static struct node nodes[NODES]; /* The first is the directory. */
static uint64_t nodes_count = FUSE_ROOT_ID, name_seconds;

/* Nobody is to meet a mount without a server. */
static void cannot(const char *what) {
  fprintf(stderr, "fuse-server: cannot %s: %s\n", what, strerror(errno));
  umount2(directory, MNT_DETACH);
  exit(CANNOT);
}

static struct node *node_of(uint64_t id) { return &nodes[id - FUSE_ROOT_ID]; }

static uint64_t find(const char *name) {
  for (uint64_t id = FUSE_ROOT_ID + 1; id <= nodes_count; id++) {
    if (strcmp(node_of(id)->name, name) == 0) return id;
  }
  return 0;
}

static void resize(struct node *node, size_t size) {
  if (size > node->size) {
    node->bytes = realloc(node->bytes, size);
    if (node->bytes == NULL) cannot("have memory");
    memset(node->bytes + node->size, 0, size - node->size);
  }
  node->size = size;
}

/* The kernel forgets requests whose process was killed: then nobody wants the answer. */
static void answer(const struct message *it, int error, const void *body, size_t length) {
  char bytes[sizeof(struct fuse_out_header) + TRANSFER_BYTES];
  struct fuse_out_header head = {
      .len = (uint32_t)(sizeof head + length), .error = -error, .unique = it->head.unique};
  memcpy(bytes, &head, sizeof head);
  if (length > 0) memcpy(bytes + sizeof head, body, length);
  if (write(device, bytes, head.len) < 0 && errno != ENOENT) cannot("answer");
}

static struct fuse_attr attributes_of(uint64_t id) {
  bool is_directory = id == FUSE_ROOT_ID;
  uint32_t mode = is_directory ? S_IFDIR | 0755 : S_IFREG | 0644;
  uint64_t size = node_of(id)->size;
  return (struct fuse_attr){.ino = id, .size = size, .mode = mode, .nlink = 1, .blksize = 4096};
}

/* Valid for no time at all: the kernel asks again whenever somebody wants to know. */
static void answer_attributes(const struct message *it) {
  struct fuse_attr_out out = {.attr = attributes_of(it->head.nodeid)};
  answer(it, 0, &out, sizeof out);
}

static void answer_entry(const struct message *it, uint64_t id) {
  struct fuse_entry_out out = {id, .entry_valid = name_seconds, .attr = attributes_of(id)};
  answer(it, 0, &out, sizeof out);
}

static const struct fuse_open_out OPENED = {.open_flags = FOPEN_DIRECT_IO};

static void create(const struct message *it) {
  const char *name = it->body + sizeof(struct fuse_create_in);
  uint64_t id = find(name);
  if (id == 0) {
    if (nodes_count == NODES || strlen(name) >= NAME_BYTES) {
      answer(it, ENOSPC, NULL, 0);
      return;
    }
    id = ++nodes_count;
    strcpy(node_of(id)->name, name);
  }
  struct {
    struct fuse_entry_out entry;
    struct fuse_open_out opened;
  } out = {{.nodeid = id, .attr = attributes_of(id)}, OPENED};
  answer(it, 0, &out, sizeof out);
}

static void rename_node(const struct message *it, const char *from) {
  const char *to = from + strlen(from) + 1;
  uint64_t id = find(from), replaced = find(to);
  if (id != 0 && replaced != 0) node_of(replaced)->name[0] = '\0';
  if (id != 0) strncpy(node_of(id)->name, to, NAME_BYTES - 1);
  answer(it, id == 0 ? ENOENT : 0, NULL, 0);
}

static size_t bounded(const struct message *it, size_t bytes) {
  const struct rule *rule = &rules[it->head.opcode];
  return rule->act == SHORT && bytes > (size_t)rule->number ? (size_t)rule->number : bytes;
}

static void read_node(const struct message *it) {
  const struct fuse_read_in *in = (const void *)it->body;
  const struct node *node = node_of(it->head.nodeid);
  size_t rest = in->offset < node->size ? node->size - in->offset : 0;
  answer(it, 0, node->bytes + in->offset, bounded(it, rest < in->size ? rest : in->size));
}

static void write_node(const struct message *it) {
  const struct fuse_write_in *in = (const void *)it->body;
  struct node *node = node_of(it->head.nodeid);
  size_t size = bounded(it, in->size);
  if (in->offset + size > node->size) resize(node, in->offset + size);
  memcpy(node->bytes + in->offset, it->body + sizeof *in, size);
  struct fuse_write_out out = {.size = (uint32_t)size};
  answer(it, 0, &out, sizeof out);
}

static void read_directory(const struct message *it) {
  const struct fuse_read_in *in = (const void *)it->body;
  char bytes[TRANSFER_BYTES];
  size_t length = 0;
  for (uint64_t id = FUSE_ROOT_ID + 1 + in->offset; id <= nodes_count; id++) {
    const char *name = node_of(id)->name;
    struct fuse_dirent entry = {.ino = id, .off = id - FUSE_ROOT_ID, .type = S_IFREG >> 12};
    entry.namelen = (uint32_t)strlen(name);
    size_t size = FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + entry.namelen);
    if (entry.namelen == 0) continue;
    if (length + size > in->size) break;
    memset(bytes + length, 0, size);
    memcpy(bytes + length, &entry, FUSE_NAME_OFFSET);
    memcpy(bytes + length + FUSE_NAME_OFFSET, name, entry.namelen);
    length += size;
  }
  answer(it, 0, bytes, length);
}

static void pass(const struct message *it) {
  struct node *node = node_of(it->head.nodeid);
  switch (it->head.opcode) {
    case FUSE_LOOKUP: {
      uint64_t id = find(it->body);
      if (id == 0) answer(it, ENOENT, NULL, 0);
      else answer_entry(it, id);
      return;
    }
    case FUSE_SETATTR: {
      const struct fuse_setattr_in *in = (const void *)it->body;
      if ((in->valid & FATTR_SIZE) != 0) resize(node, in->size);
      answer_attributes(it);
      return;
    }
    case FUSE_GETATTR: answer_attributes(it); return;
    case FUSE_CREATE: create(it); return;
    case FUSE_READ: read_node(it); return;
    case FUSE_WRITE: write_node(it); return;
    case FUSE_READDIR: read_directory(it); return;
    case FUSE_RENAME: rename_node(it, it->body + sizeof(struct fuse_rename_in)); return;
    case FUSE_RENAME2: rename_node(it, it->body + sizeof(struct fuse_rename2_in)); return;
    case FUSE_FALLOCATE: {
      const struct fuse_fallocate_in *in = (const void *)it->body;
      if (in->offset + in->length > node->size) resize(node, in->offset + in->length);
      answer(it, 0, NULL, 0);
      return;
    }
    case FUSE_UNLINK: {
      uint64_t id = find(it->body);
      if (id != 0) node_of(id)->name[0] = '\0';
      answer(it, id == 0 ? ENOENT : 0, NULL, 0);
      return;
    }
    case FUSE_OPEN:
    case FUSE_OPENDIR: answer(it, 0, &OPENED, sizeof OPENED); return;
    case FUSE_STATFS: {
      struct fuse_statfs_out out = {.st = {.bsize = 4096, .namelen = NAME_BYTES - 1}};
      answer(it, 0, &out, sizeof out);
      return;
    }
    case FUSE_FSYNC:
    case FUSE_FLUSH:
    case FUSE_RELEASE:
    case FUSE_RELEASEDIR: answer(it, 0, NULL, 0); return;
    default: answer(it, ENOSYS, NULL, 0);
  }
}

static void hold(const struct message *it, size_t length) {
  struct message *copy = malloc(sizeof *copy + length);
  if (copy == NULL) cannot("have memory");
  memcpy(&copy->head, &it->head, length);
  copy->next = NULL;
  struct message **end = &held;
  while (*end != NULL) end = &(*end)->next;
  *end = copy;
}

static void answer_held(void) {
  for (struct message *it = held; it != NULL; it = held) {
    held = it->next;
    pass(it);
    free(it);
  }
}

static void interrupt(uint64_t unique) {
  for (struct message **at = &held; hears_interrupts && *at != NULL; at = &(*at)->next) {
    struct message *it = *at;
    if (it->head.unique != unique) continue;
    *at = it->next;
    answer(it, EINTR, NULL, 0);
    free(it);
    return;
  }
}

static void begin(const struct message *it) {
  const struct fuse_init_in *in = (const void *)it->body;
  struct fuse_init_out out = {
      .major = FUSE_KERNEL_VERSION,
      .minor = FUSE_KERNEL_MINOR_VERSION,
      .max_readahead = in->max_readahead,
      .flags = in->flags & (FUSE_ASYNC_READ | FUSE_PARALLEL_DIROPS | FUSE_BIG_WRITES),
      .max_background = 1024,
      .congestion_threshold = 1024,
      .max_write = TRANSFER_BYTES,
  };
  answer(it, 0, &out, sizeof out);
  printf("mounted\n");
}

static void serve(const struct message *it, size_t length) {
  uint32_t call = it->head.opcode;
  switch (call) {
    case FUSE_INIT: begin(it); return;
    case FUSE_INTERRUPT: interrupt(((const struct fuse_interrupt_in *)it->body)->unique); return;
    case FUSE_FORGET:
    case FUSE_BATCH_FORGET: return; /* They have no answer. */
    case FUSE_DESTROY: exit(0);
  }
  if (call >= CALLS || NAMES[call] == NULL) {
    answer(it, ENOSYS, NULL, 0);
    return;
  }
  printf("asked %s %llu\n", NAMES[call], (unsigned long long)it->head.unique);
  const struct rule *rule = &rules[call];
  if (rule->act == HOLD) hold(it, length);
  else if (rule->act == ERROR) answer(it, (int)rule->number, NULL, 0);
  else pass(it);
  is_deaf = rule->act == LAST;
}

static void take_request(void) {
  static union {
    struct message message;
    char bytes[sizeof(struct message) + MESSAGE_BYTES];
  } room;
  ssize_t length = read(device, room.bytes + offsetof(struct message, head), MESSAGE_BYTES);
  if (length >= 0) serve(&room.message, (size_t)length);
  else if (errno == ENODEV) exit(0); /* Unmounted. */
  else if (errno != ENOENT && errno != EINTR && errno != EAGAIN) cannot("listen");
}

static void set_rule(const char *name, const char *act, long number) {
  for (size_t call = 0; call < CALLS; call++) {
    if (NAMES[call] == NULL) continue;
    if (strcmp(name, "all") != 0 && strcmp(name, NAMES[call]) != 0) continue;
    for (size_t i = 0; i < sizeof ACTS / sizeof ACTS[0]; i++) {
      if (strcmp(act, ACTS[i]) == 0) rules[call] = (struct rule){(enum act)i, number};
    }
  }
}

static void obey(const char *line) {
  char words[3][32] = {"", "", ""};
  long number = 0;
  int count = sscanf(line, "%31s %31s %31s %ld", words[0], words[1], words[2], &number);
  if (count < 1) return;
  if (strcmp(words[0], "rule") == 0) set_rule(words[1], words[2], number);
  else if (strcmp(words[0], "interrupts") == 0) hears_interrupts = strcmp(words[1], "hear") == 0;
  else if (strcmp(words[0], "release") == 0) answer_held();
  else if (strcmp(words[0], "listen") == 0) is_deaf = false;
  else if (strcmp(words[0], "remember") == 0) name_seconds = LIFE_SECONDS;
  printf("done\n");
}

/* A signal may come at any moment: nothing here minds. */
static void end(int signal) {
  umount2(directory, MNT_DETACH);
  _exit(signal == 0 ? 0 : CANNOT);
}

static void mount_it(void) {
  char options[128];
  device = open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK);
  if (device < 0) cannot("open /dev/fuse");
  const char *format = "fd=%d,rootmode=40755,user_id=0,group_id=0,allow_other";
  snprintf(options, sizeof options, format, device);
  if (mount("overlapped-test", directory, "fuse", MS_NOSUID | MS_NODEV, options) != 0) {
    cannot("mount");
  }
}

int main(int count, char **words) {
  if (count != 2) return CANNOT;
  directory = words[1];
  setvbuf(stdout, NULL, _IOLBF, 0);
  signal(SIGALRM, end);
  signal(SIGTERM, end);
  alarm(LIFE_SECONDS);
  mount_it();
  char line[LINE_BYTES];
  size_t length = 0;
  for (;;) {
    struct pollfd polled[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                              {.fd = is_deaf ? -1 : device, .events = POLLIN}};
    if (poll(polled, 2, -1) < 0 && errno != EINTR) cannot("wait");
    if (polled[1].revents != 0) take_request();
    if (polled[0].revents == 0) continue;
    char byte;
    if (read(STDIN_FILENO, &byte, 1) <= 0) end(0);
    if (byte != '\n' && length + 1 < LINE_BYTES) {
      line[length++] = byte;
      continue;
    }
    line[length] = '\0';
    length = 0;
    obey(line);
  }
}
