/* Preloaded into a process: calls on the journal fail with the error number in $FAULTS, while that file exists.
   Its content is the number and which calls: "5 write", "5 sync" or "30 write" (which includes opening to write). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int number_for(const char *path, const char *call)
{
    int number = 0;
    char wanted[16] = "";
    const char *name = getenv("FAULTS");
    FILE *faults = name && strstr(path, "journal.db") ? fopen(name, "r") : NULL;
    if (!faults)
        return 0;
    if (fscanf(faults, "%d %15s", &number, wanted) != 2 || strcmp(wanted, call))
        number = 0;
    fclose(faults);
    return number;
}

static int fails(int file, const char *call)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size < 0)
        return 0;
    path[size] = 0;
    int number = number_for(path, call);
    if (number)
        errno = number;
    return number;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int file, const void *data, size_t size)
{
    return fails(file, "write") ? -1 : REAL(write)(file, data, size);
}

ssize_t pwrite(int file, const void *data, size_t size, off_t place)
{
    return fails(file, "write") ? -1 : REAL(pwrite)(file, data, size, place);
}

ssize_t pwrite64(int file, const void *data, size_t size, off64_t place)
{
    return fails(file, "write") ? -1 : REAL(pwrite64)(file, data, size, place);
}

int fsync(int file)
{
    return fails(file, "sync") ? -1 : REAL(fsync)(file);
}

int fdatasync(int file)
{
    return fails(file, "sync") ? -1 : REAL(fdatasync)(file);
}

static int refused(const char *path, int flags)
{
    if ((flags & O_ACCMODE) == O_RDONLY)
        return 0;
    int number = number_for(path, "write");
    if (number != EROFS)
        return 0;
    errno = number;
    return 1;
}

#define OPEN(name)                                                                                                     \
    int name(const char *path, int flags, ...)                                                                         \
    {                                                                                                                  \
        va_list rest;                                                                                                  \
        va_start(rest, flags);                                                                                         \
        mode_t mode = va_arg(rest, mode_t);                                                                            \
        va_end(rest);                                                                                                  \
        return refused(path, flags) ? -1 : REAL(name)(path, flags, mode);                                              \
    }

OPEN(open)
OPEN(open64)
