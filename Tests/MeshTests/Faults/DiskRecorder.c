// Records what a program does to the files of one folder: loaded into it with LD_PRELOAD, it adds a record to
// REDRESS_DISK_RECORD for each write, cut, removal and sync in REDRESS_DISK_FOLDER, in the order in which they were done.
//
// A record is a header of 24 bytes in the machine's own order (what, length of the name, offset, length of the bytes),
// the file's name in the folder, and the bytes written.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WRITTEN = 1, CUT = 2, SYNCED = 3, REMOVED = 4, FOLDER_SYNCED = 5 };

struct header {
    uint32_t what, name;
    uint64_t offset, bytes;
};

// One at a time: the order of records is that of what they record.
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static int record = -1;
static char folder[PATH_MAX];

__attribute__((constructor)) static void begin(void) {
    const char *in = getenv("REDRESS_DISK_FOLDER"), *to = getenv("REDRESS_DISK_RECORD");
    if (!in || !to || !realpath(in, folder)) return;
    record = open(to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void note(uint32_t what, const char *name, uint64_t offset, const void *bytes, size_t count) {
    struct header header = {what, (uint32_t)strlen(name), offset, count};
    struct iovec parts[] = {{&header, sizeof header}, {(void *)name, header.name}, {(void *)bytes, count}};
    ssize_t expected = (ssize_t)(sizeof header + header.name + count);
    // A record with a gap would be worse than none.
    if (writev(record, parts, 3) != expected) abort();
}

// The name in the folder of the file behind a path: empty for the folder itself, NULL for what lies elsewhere or is
// memory that processes share.
static const char *inside(const char *path) {
    size_t length = strlen(folder);
    if (record < 0 || strncmp(path, folder, length)) return NULL;
    if (!path[length]) return "";
    if (path[length] != '/') return NULL;
    const char *name = path + length + 1;
    size_t rest = strlen(name);
    return rest > 4 && !strcmp(name + rest - 4, "-shm") ? NULL : name;
}

static const char *named(int file, char path[PATH_MAX]) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0) return NULL;
    path[length] = 0;
    return inside(path);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

// Does what the program asked for and records it where it was done.
#define RECORDED(type, file, call, what, offset, bytes, count)                \
    do {                                                                      \
        int before = errno;                                                   \
        char path[PATH_MAX];                                                  \
        const char *name = named(file, path);                                 \
        errno = before;                                                       \
        if (!name) return call;                                               \
        pthread_mutex_lock(&turn);                                            \
        type result = call;                                                   \
        int after = errno;                                                    \
        if (result >= 0) note(*name ? what : FOLDER_SYNCED, name, offset, bytes, count); \
        pthread_mutex_unlock(&turn);                                          \
        errno = after;                                                        \
        return result;                                                        \
    } while (0)

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
    RECORDED(ssize_t, file, REAL(pwrite)(file, bytes, count, offset), WRITTEN, (uint64_t)offset, bytes, (size_t)result);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset) {
    RECORDED(ssize_t, file, REAL(pwrite64)(file, bytes, count, offset), WRITTEN, (uint64_t)offset, bytes, (size_t)result);
}

ssize_t write(int file, const void *bytes, size_t count) {
    RECORDED(ssize_t, file, REAL(write)(file, bytes, count), WRITTEN,
             (uint64_t)(lseek(file, 0, SEEK_CUR) - result), bytes, (size_t)result);
}

int ftruncate(int file, off_t length) {
    RECORDED(int, file, REAL(ftruncate)(file, length), CUT, (uint64_t)length, NULL, 0);
}

int ftruncate64(int file, off64_t length) {
    RECORDED(int, file, REAL(ftruncate64)(file, length), CUT, (uint64_t)length, NULL, 0);
}

int fsync(int file) { RECORDED(int, file, REAL(fsync)(file), SYNCED, 0, NULL, 0); }

int fdatasync(int file) { RECORDED(int, file, REAL(fdatasync)(file), SYNCED, 0, NULL, 0); }

int unlink(const char *path) {
    const char *name = inside(path);
    if (!name || !*name) return REAL(unlink)(path);
    pthread_mutex_lock(&turn);
    int result = REAL(unlink)(path), after = errno;
    if (result == 0) note(REMOVED, name, 0, NULL, 0);
    pthread_mutex_unlock(&turn);
    errno = after;
    return result;
}
