/* io_uring's three system calls. What goes into the rings is written by TypeScript. */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Somebody else has closed our descriptor. Its number is taken again before others get it, since
 * Node's loop watches the ring by it, or is about to, and aborts if it cannot; unless others have
 * it by now: then it is theirs. An eventfd can be watched, and nothing ever happens to it. */
static void descriptor_lost(struct ring *ring) {
  ring->is_lost = true;
  int quiet = eventfd(0, EFD_CLOEXEC);
  if (quiet >= 0 && quiet != ring->fd) {
    int same = fcntl(quiet, F_DUPFD_CLOEXEC, ring->fd);
    close(quiet);
    if (same >= 0 && same != ring->fd) close(same);
    quiet = same == ring->fd ? same : -1;
  }
  ring->fd = quiet;
}

int ring_enter_raw(struct ring *ring, unsigned submit, unsigned wait, unsigned flags,
                   const void *argument, size_t size) {
  if (ring->is_lost) return -EBADF;
  long taken = syscall(__NR_io_uring_enter, ring->fd, submit, wait, flags, argument, size);
  if (taken < 0) {
    int error = errno;
    if (error == EBADF) descriptor_lost(ring);
    if (error == EOPNOTSUPP) { /* Closed, and the number is another file's. */
      ring->is_lost = true;
      ring->fd = -1;
    }
    return -error;
  }
  ring->submitted += (unsigned)taken;
  return (int)taken;
}

/* Closing does not wait: the kernel goes on with what is in flight, and writes (F1 in the design).
 * Whoever calls this has seen every completion, or leaks the memory. */
void ring_unmap(struct ring *ring) {
  ring->is_open = false;
  if (ring->sqes != MAP_FAILED) munmap(ring->sqes, ring->sqes_size);
  if (ring->rings != MAP_FAILED) munmap(ring->rings, ring->rings_size);
  if (ring->fd >= 0) close(ring->fd);
}

static int ring_map(struct ring *ring, const struct io_uring_params *params) {
  size_t sq_size = params->sq_off.array + params->sq_entries * sizeof(unsigned);
  size_t cq_size = params->cq_off.cqes + params->cq_entries * sizeof(struct io_uring_cqe);
  ring->rings_size = sq_size > cq_size ? sq_size : cq_size;
  ring->sqes_size = params->sq_entries * sizeof(struct io_uring_sqe);
  ring->rings = mmap(NULL, ring->rings_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
                     ring->fd, IORING_OFF_SQ_RING);
  ring->sqes = mmap(NULL, ring->sqes_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
                    ring->fd, IORING_OFF_SQES);
  if (ring->rings == MAP_FAILED || ring->sqes == MAP_FAILED) return -errno;
  char *base = ring->rings;
  ring->sq_head = (_Atomic unsigned *)(base + params->sq_off.head);
  ring->sq_tail = (_Atomic unsigned *)(base + params->sq_off.tail);
  ring->sq_flags = (_Atomic unsigned *)(base + params->sq_off.flags);
  ring->cq_head = (_Atomic unsigned *)(base + params->cq_off.head);
  ring->cq_tail = (_Atomic unsigned *)(base + params->cq_off.tail);
  ring->sq_mask = *(unsigned *)(base + params->sq_off.ring_mask);
  ring->cqes_mask = (unsigned *)(base + params->cq_off.ring_mask);
  ring->cqes = (struct io_uring_cqe *)(base + params->cq_off.cqes);
  ring->sq = ring->sqes;
  /* Entry i is always found in place i, so that nobody has to write this array again. */
  unsigned *array = (unsigned *)(base + params->sq_off.array);
  for (unsigned i = 0; i < params->sq_entries; i++) array[i] = i;
  return 0;
}

static napi_value set_number(napi_env env, napi_value object, const char *name, double value) {
  napi_value number;
  CHECK(napi_create_double(env, value, &number));
  CHECK(napi_set_named_property(env, object, name, number));
  return object;
}

static napi_value describe(napi_env env, unsigned index, const struct ring *ring,
                           const struct io_uring_params *params) {
  napi_value object, rings, sqes;
  CHECK(napi_create_object(env, &object));
  /* No finalizer: the mapping belongs to the ring, and `ring_close` detaches both first. */
  CHECK(napi_create_external_arraybuffer(env, ring->rings, ring->rings_size, NULL, NULL, &rings));
  CHECK(napi_create_external_arraybuffer(env, ring->sqes, ring->sqes_size, NULL, NULL, &sqes));
  CHECK(napi_set_named_property(env, object, "rings", rings));
  CHECK(napi_set_named_property(env, object, "sqes", sqes));
  const struct {
    const char *name;
    double value;
  } numbers[] = {
      {"ring", index},
      {"features", params->features},
      {"sqEntries", params->sq_entries},
      {"cqEntries", params->cq_entries},
      {"sqHead", params->sq_off.head},
      {"sqTail", params->sq_off.tail},
      {"sqFlags", params->sq_off.flags},
      {"cqHead", params->cq_off.head},
      {"cqTail", params->cq_off.tail},
      {"cqOverflow", params->cq_off.overflow},
      {"cqes", params->cq_off.cqes},
  };
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
    if (set_number(env, object, numbers[i].name, numbers[i].value) == NULL) return NULL;
  }
  return object;
}

/* setup(entries, cqEntries, flags) → a description with both mappings, or a negative errno.
 * Thread: the environment's. Memory: the mappings are the ring's until `closeRing` or the end of
 * the environment. At exit: the teardown drains the ring, then unmaps it. */
napi_value ring_setup(napi_env env, napi_callback_info info) {
  ARGUMENTS(3);
  UINT32(entries, 0);
  UINT32(cq_entries, 1);
  UINT32(flags, 2);
  unsigned index = 0;
  for (; index < RINGS_MAX; index++) {
    if (!state->rings[index].is_open && state->watches[index] == NULL) break;
  }
  napi_value result;
  if (index == RINGS_MAX) {
    CHECK(napi_create_int32(env, -EMFILE, &result));
    return result;
  }
  struct ring *ring = &state->rings[index];
  memset(ring, 0, sizeof *ring);
  ring->rings = ring->sqes = MAP_FAILED;
  struct io_uring_params params;
  memset(&params, 0, sizeof params);
  params.flags = flags;
  params.cq_entries = cq_entries;
  ring->fd = (int)syscall(__NR_io_uring_setup, entries, &params);
  int error = ring->fd < 0 ? -errno : 0;
  /* One mapping for both rings (5.4) and no dropped completions (5.5) are taken for granted. */
  unsigned needed = IORING_FEAT_SINGLE_MMAP | IORING_FEAT_NODROP | IORING_FEAT_SUBMIT_STABLE;
  if (error == 0 && (params.features & needed) != needed) error = -ENOSYS;
  if (error == 0) error = ring_map(ring, &params);
  if (error != 0) {
    if (ring->fd >= 0) ring_unmap(ring);
    CHECK(napi_create_int32(env, error, &result));
    return result;
  }
  ring->features = params.features;
  ring->sq_entries = params.sq_entries;
  ring->is_open = true;
  result = describe(env, index, ring, &params);
  if (result == NULL) ring_unmap(ring);
  return result;
}

/* enter(ring, submit, wait, flags) → entries taken, or a negative errno.
 * Thread: the environment's, the only one that may enter (SINGLE_ISSUER). Memory: what the entries
 * point to is the kernel's from here to their completions; the caller has marked it in the ledger.
 * At exit: not called any more. */
napi_value ring_enter(napi_env env, napi_callback_info info) {
  ARGUMENTS(4);
  RING(ring, 0);
  UINT32(submit, 1);
  UINT32(wait, 2);
  UINT32(flags, 3);
  napi_value result;
  CHECK(napi_create_int32(env, ring_enter_raw(ring, submit, wait, flags, NULL, 0), &result));
  return result;
}

/* Bytes that the kernel reads or writes; what is not listed here has no business with us. */
static size_t argument_size(uint32_t opcode, uint32_t count) {
  switch (opcode) {
    case IORING_REGISTER_PROBE:
      return sizeof(struct io_uring_probe) + (size_t)count * sizeof(struct io_uring_probe_op);
    case IORING_REGISTER_IOWQ_MAX_WORKERS:
      return 2 * sizeof(uint32_t);
    case IORING_REGISTER_RESTRICTIONS:
      return (size_t)count * sizeof(struct io_uring_restriction);
    case IORING_REGISTER_ENABLE_RINGS:
      return 0;
    default:
      return SIZE_MAX;
  }
}

/* register(ring, opcode, argument, count) → 0 or more, or a negative errno. `argument` is a
 * Uint8Array with the structure that the opcode wants, written by the caller, or null.
 * Thread: the environment's. Memory: read and written during the call only. At exit:
 * nothing. */
napi_value ring_register(napi_env env, napi_callback_info info) {
  ARGUMENTS(4);
  RING(ring, 0);
  UINT32(opcode, 1);
  UINT32(count, 3);
  void *data = NULL;
  napi_valuetype type;
  CHECK(napi_typeof(env, arguments[2], &type));
  if (type != napi_null) {
    napi_typedarray_type array_type;
    size_t length = 0;
    CHECK(napi_get_typedarray_info(env, arguments[2], &array_type, &length, &data, NULL, NULL));
    REQUIRE(array_type == napi_uint8_array && data != NULL);
    REQUIRE(length >= argument_size(opcode, count));
  } else {
    REQUIRE(argument_size(opcode, count) == 0);
  }
  long answer = syscall(__NR_io_uring_register, ring->fd, opcode, data, count);
  napi_value result;
  CHECK(napi_create_int32(env, answer < 0 ? -errno : (int32_t)answer, &result));
  return result;
}

/* closeRing(ring, rings, sqes): for a ring of which every completion has been read.
 * Thread: the environment's. Memory: both ArrayBuffers are detached, then the mappings go.
 * At exit: not called; the teardown does it. */
napi_value ring_close(napi_env env, napi_callback_info info) {
  ARGUMENTS(3);
  RING(ring, 0);
  void *rings = NULL, *sqes = NULL;
  CHECK(napi_get_arraybuffer_info(env, arguments[1], &rings, NULL));
  CHECK(napi_get_arraybuffer_info(env, arguments[2], &sqes, NULL));
  /* Others would leave JavaScript with memory that is unmapped. */
  REQUIRE(rings == ring->rings && sqes == ring->sqes);
  CHECK(napi_detach_arraybuffer(env, arguments[1]));
  CHECK(napi_detach_arraybuffer(env, arguments[2]));
  watch_close(state, ring_index);
  ring_unmap(ring);
  return NULL;
}

/* A terminal or other device that may wait does so within the system call, on this thread, though
 * the ring asks it not to: it knows its own flag only. With that it is the ring that waits, for
 * what can be polled, and that is what epoll takes. */
static bool is_pollable_device(int fd) {
  int mode = descriptor_mode(fd);
  return mode >= 0 && S_ISCHR(mode) && descriptor_can_wait(fd);
}

/* seekable(fd, isBlocking) → 1, 0, or a negative errno, of a fresh descriptor. It was opened
 * without waiting for a peer; with `isBlocking` its reads and writes wait from here on, as its
 * opener asked: in the kernel, or in the ring. SEEK_CUR with 0 moves nothing and asks no server.
 * Thread: any. Memory: none. At exit: nothing. */
napi_value descriptor_seekable(napi_env env, napi_callback_info info) {
  ARGUMENTS(2);
  INT32(fd, 0);
  bool is_blocking = false;
  CHECK(napi_get_value_bool(env, arguments[1], &is_blocking));
  off_t position = lseek(fd, 0, SEEK_CUR);
  int32_t answer = position >= 0 ? 1 : errno == ESPIPE ? 0 : -errno;
  int is_nonblocking = position < 0 && is_blocking && is_pollable_device(fd);
  /* Only a descriptor that is none refuses this, and then lseek has said so. */
  if (is_blocking) (void)ioctl(fd, FIONBIO, &is_nonblocking);
  napi_value result;
  CHECK(napi_create_int32(env, answer, &result));
  return result;
}

/* waitsInside(fd) → whether reads and writes of a ring would wait for it on this thread. The kernel
 * takes a file that can be polled for one that does not wait when it is told so; but those of FUSE
 * can be polled, and wait for their server. Nobody is asked: epoll refuses an operation that it has
 * not, but before that a file that cannot be polled.
 * Thread: the environment's. Memory: none. At exit: nothing. */
napi_value descriptor_waits_inside(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  INT32(fd, 0);
  enum { NO_OPERATION = 0 };
  int mode = descriptor_mode(fd);
  struct epoll_event event = {0};
  bool is_pollable =
      mode >= 0 && S_ISREG(mode) &&
      epoll_ctl(uv_backend_fd(state->loop), NO_OPERATION, fd, &event) != 0 && errno == EINVAL;
  napi_value result;
  CHECK(napi_get_boolean(env, is_pollable, &result));
  return result;
}
