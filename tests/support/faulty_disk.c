/* A disk that fails on demand: preloaded into the real program, it stands before libc's pwrite and fsync for the
 * files of one folder (FAULTY_IN). What fails is read anew at each call from the file FAULTY_PLAN names, so that a
 * test can break the disk and mend it under a running program; an empty or missing plan is a healthy disk.
 *
 *   quota BYTES            all files of the folder together may not grow past it: a full disk. Overwriting is free, what
 *                          is removed is room again, and a write that fits in part is written in part, as a kernel does.
 *   sync FROM TO ERRNO     the FROMth to TOth sync of this process fails
 *   write FROM TO ERRNO    so does a write
 *   short FROM TO 0        those writes take half of what they were given
 *
 * Each failure is a line in <FAULTY_PLAN>.log: a fault that never struck proves nothing. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef ssize_t (*write_at)(int, const void *, size_t, off_t);
typedef int (*sync_of)(int);

static atomic_long writes, syncs;

/* The name of an open file of the watched folder, or NULL. */
static const char *watched(int fd, char *into, size_t room) {
  const char *folder = getenv("FAULTY_IN");
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = folder ? readlink(link, into, room - 1) : -1;
  if (n <= 0) return NULL;
  into[n] = 0;
  size_t length = strlen(folder);
  return strncmp(into, folder, length) == 0 && into[length] == '/' ? into + length + 1 : NULL;
}

/* The plan's line for this kind of call that covers its number: what it says, else -1. */
static long planned(const char *kind, long number) {
  const char *path = getenv("FAULTY_PLAN");
  FILE *plan = path ? fopen(path, "re") : NULL;
  if (!plan) return -1;
  char line[128], word[16];
  long from, to, what, found = -1;
  while (found < 0 && fgets(line, sizeof line, plan)) {
    if (sscanf(line, "%15s", word) != 1 || strcmp(word, kind) != 0) continue;
    if (sscanf(line, "%*s %ld %ld %ld", &from, &to, &what) == 3) {
      if (number >= from && number <= to) found = what;
    } else if (sscanf(line, "%*s %ld", &what) == 1) {
      found = what;
    }
  }
  fclose(plan);
  return found;
}

static void note(const char *kind, long number, const char *file) {
  const char *path = getenv("FAULTY_PLAN");
  char name[4096], line[4352];
  snprintf(name, sizeof name, "%s.log", path ? path : "/dev/null");
  int log = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0) return;
  int n = snprintf(line, sizeof line, "%s %ld %s\n", kind, number, file);
  if (write(log, line, (size_t)n) < 0) abort();
  close(log);
}

static long long used(void) {
  const char *folder = getenv("FAULTY_IN");
  DIR *dir = folder ? opendir(folder) : NULL;
  if (!dir) return 0;
  long long sum = 0;
  struct stat about;
  for (struct dirent *one; (one = readdir(dir));)
    if (fstatat(dirfd(dir), one->d_name, &about, 0) == 0 && S_ISREG(about.st_mode)) sum += about.st_size;
  closedir(dir);
  return sum;
}

/* How much of a write up to `end` fits under the quota; -1: all of it. */
static long long fits(int fd, off_t begin, off_t end) {
  long quota = planned("quota", 0);
  struct stat about;
  if (quota < 0 || fstat(fd, &about) != 0 || end <= about.st_size) return -1;
  long long room = quota - used();
  if (room < 0) room = 0;
  if (end - about.st_size <= room) return -1;
  long long until = about.st_size + room;
  return until > begin ? until - begin : 0;
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off_t at) {
  static write_at real;
  if (!real) real = (write_at)dlsym(RTLD_NEXT, "pwrite64");
  if (!real) real = (write_at)dlsym(RTLD_NEXT, "pwrite");
  char path[4096];
  const char *file = watched(fd, path, sizeof path);
  if (!file) return real(fd, bytes, n, at);
  long number = atomic_fetch_add(&writes, 1) + 1;
  long error = planned("write", number);
  if (error > 0) {
    note("write", number, file);
    errno = (int)error;
    return -1;
  }
  if (n > 1 && planned("short", number) >= 0) {
    note("short", number, file);
    return real(fd, bytes, n / 2, at);
  }
  long long room = fits(fd, at, at + (off_t)n);
  if (room < 0) return real(fd, bytes, n, at);
  note("full", number, file);
  if (room > 0) return real(fd, bytes, (size_t)room, at);
  errno = ENOSPC;
  return -1;
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at) { return pwrite64(fd, bytes, n, at); }

static int flush(const char *name, sync_of *real, int fd) {
  if (!*real) *real = (sync_of)dlsym(RTLD_NEXT, name);
  char path[4096];
  const char *file = watched(fd, path, sizeof path);
  if (!file) return (*real)(fd);
  long number = atomic_fetch_add(&syncs, 1) + 1;
  long error = planned("sync", number);
  if (error <= 0) return (*real)(fd);
  note("sync", number, file);
  errno = (int)error;
  return -1;
}
int fsync(int fd) {
  static sync_of real;
  return flush("fsync", &real, fd);
}
int fdatasync(int fd) {
  static sync_of real;
  return flush("fdatasync", &real, fd);
}
