#include <pthread.h>
#include <sys/eventfd.h>
#include <zmq.h>

// Swift's Glibc module leaves GNU extensions out; this is glibc's own declaration.
int pthread_setname_np(pthread_t thread, const char *name);
