/* A department's worker in C, the smallest that conforms to RDP/1: it takes one task at a time and declines it.
 *
 *     cc -o worker Worker.c -lzmq && ./worker ENDPOINT DEPARTMENT
 *
 * It speaks plain text, to loopback and ipc endpoints: worker.py beside the specification shows what a key takes.
 * One thread, no handler, no JSON library: the members that it needs are looked for in the text. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

enum { READY = 1, CREDIT, ACCEPT, RENEW, CONTRIBUTE, FAIL, RELEASE, DRAIN, HEARTBEAT };
enum { WELCOME = 16, OFFER, ORDERS, SETTLED, CANCEL, REFUSED, REGISTER };
enum { HEADER = 40, UNKNOWN_SESSION = 6, BODY = 4 << 20 };

/* What the header says of a task and its attempt: octets 2 to 15. */
typedef struct { unsigned char octets[14]; } Attempt;

/* The task that is worked on or finished, and one that was given back, each until SETTLED. */
typedef struct {
    Attempt attempt;
    int result;           /* CONTRIBUTE, FAIL or RELEASE when it is finished; 0 while it is worked on; -1: none */
    uint32_t first;       /* the result's first argument */
    int64_t lease, due;   /* when to say RENEW, or the result again */
    int64_t accepted, until, limit;
} Task;

static const Attempt nothing;
static Task held[2] = {{.result = -1}, {.result = -1}};
static const char *department;
static void *context, *line;
static char incarnation[17];
static uint64_t session;
static int draining, largest = 1 << 20;
static int64_t heartbeat = 2500, heard, spoke;

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void put(unsigned char *octets, int count, uint64_t number) {
    while (count--) octets[count] = number & 255, number >>= 8;
}

static uint64_t get(const unsigned char *octets, int count) {
    uint64_t number = 0;
    while (count--) number = number << 8 | *octets++;
    return number;
}

/* The number of a member, or `otherwise` where it is not there; a string of digits is a number here. */
static int64_t member(const char *body, const char *name, int64_t otherwise) {
    const char *found = strstr(body, name);
    if (!found) return otherwise;
    found += strlen(name);
    found += strspn(found, "\":, value");
    return *found >= '0' && *found <= '9' ? atoll(found) : otherwise;
}

/* Nothing but READY is said without a session; what finds no connection is said again in the next. */
static void say(int command, Attempt attempt, uint32_t first, uint32_t second, const char *body) {
    unsigned char frame[HEADER + 1024] = {command};
    if (command != READY && !session) return;
    memcpy(frame + 2, attempt.octets, sizeof attempt.octets);
    put(frame + 16, 8, session), put(frame + 24, 4, first), put(frame + 28, 4, second);
    put(frame + 36, 4, strlen(body));
    memcpy(frame + HEADER, body, strlen(body));
    spoke = now();
    if (zmq_send(line, "RDP/1", 5, ZMQ_SNDMORE | (command == READY ? 0 : ZMQ_DONTWAIT)) == 5)
        zmq_send(line, frame, HEADER + strlen(body), 0);
}

/* A task as bodies name it. */
static void name(const Task *task, char *text) {
    uint64_t reference = get(task->attempt.octets + 2, 8), sum = 0;
    const char *digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    *text++ = 'R';
    for (int place = 11; place >= 0; place--) {
        unsigned digit = reference >> 5 * place & 31, weighted = place % 2 ? digit : digit * 2;
        if (place % 4 == 3) *text++ = '-';
        *text++ = digits[digit], sum += weighted / 32 + weighted % 32;
    }
    sprintf(text, "-%c/%u", digits[(32 - sum % 32) % 32], (unsigned)get(task->attempt.octets, 2));
}

static void ready(void) {
    char body[1024], task[32];
    int length = snprintf(body, sizeof body,
        "{\"worker\":\"%s\",\"incarnation\":\"%s\",\"departments\":[\"%s\"],\"holding\":[",
        department, incarnation, department), count = 0;
    for (Task *each = held; each < held + 2; each++)
        if (each->result >= 0) {
            name(each, task);
            length += snprintf(body + length, sizeof body - length, "%s{\"task\":\"%s\",\"attempt\":%u,\"state\":\"%s\"}",
                count++ ? "," : "", task, (unsigned)get(each->attempt.octets + 10, 4), each->result ? "finished" : "running");
        }
    snprintf(body + length, sizeof body - length, "]}");
    session = 0, heard = now();
    say(READY, nothing, 0, 0, body);
}

static void redial(const char *endpoint) {
    int immediate = 1, linger = 1000;
    if (line) zmq_close(line);
    line = zmq_socket(context, ZMQ_DEALER);
    zmq_setsockopt(line, ZMQ_IMMEDIATE, &immediate, sizeof immediate);
    zmq_setsockopt(line, ZMQ_LINGER, &linger, sizeof linger);
    if (zmq_connect(line, endpoint)) exit(2);
    ready();
}

/* Says a result, which is kept and said again until SETTLED. */
static void finish(Task *task, int result, uint32_t first) {
    task->result = result, task->first = first, task->due = now() + 3 * heartbeat;
    say(result, task->attempt, first, 0,
        result == CONTRIBUTE ? "{\"declined\":\"This worker does nothing.\"}" : "{\"reason\":\"It cannot be done.\"}");
}

static void offer(Attempt attempt, uint32_t lease, uint32_t limit, const char *brief) {
    int busy = draining || held[0].result >= 0;
    Task *task = held + busy;
    if (task->result >= 0 && busy) return; /* nowhere to keep it: the offer lapses */
    *task = (Task){.attempt = attempt, .lease = lease, .due = now() + lease / 3, .accepted = now()};
    if (busy) return finish(task, RELEASE, 0);
    task->until = now() + 1000 * member(brief, "conformance-seconds", 0);
    task->limit = limit ? now() + limit : INT64_MAX;
    say(ACCEPT, attempt, 0, 0, "");
    if (brief[0] != '{' || !strstr(brief, "\"task\"")) finish(task, FAIL, 1);
}

static void obey(const unsigned char *frame, size_t size) {
    static char body[BODY + 1];
    size_t start = HEADER + get(frame + 34, 2), length = get(frame + 36, 4);
    uint32_t first = get(frame + 24, 4), second = get(frame + 28, 4);
    uint64_t spoken = get(frame + 16, 8);
    Task *task = NULL;
    Attempt attempt;
    if (size != start + length || length > BODY || frame[1] || frame[32] || frame[33]) return;
    memcpy(attempt.octets, frame + 2, sizeof attempt.octets);
    memcpy(body, frame + start, length), body[length] = 0;
    for (Task *each = held; each < held + 2; each++)
        if (each->result >= 0 && !memcmp(&each->attempt, &attempt, sizeof attempt)) task = each;
    if (session && (frame[0] == REGISTER || (frame[0] == REFUSED && second == UNKNOWN_SESSION))) ready();
    else if (!session && frame[0] == REFUSED && second != UNKNOWN_SESSION) {
        int64_t wait = member(body, "\"retryAfterMilliseconds\"", -1);
        if (wait < 0) exit(1);
        heard += wait - 3 * heartbeat; /* when that much silence has passed, it tries again */
    } else if (!session && frame[0] == WELCOME) {
        session = spoken, heartbeat = member(body, "\"heartbeatMilliseconds\"", 2500);
        largest = member(body, "\"contributionBytes\"", 1 << 20);
        if (draining) say(DRAIN, nothing, 0, 0, "");
        else say(CREDIT, nothing, held[0].result < 0, BODY, "");
        for (Task *each = held; each < held + 2; each++)
            if (each->result > 0) finish(each, each->result, each->first);
    } else if (!session || spoken != session) return;
    else if (frame[0] == OFFER && get(frame + 2, 2) && get(frame + 4, 8) && get(frame + 12, 4)) {
        if (!task) offer(attempt, first, second, body);
        else if (task->result) finish(task, task->result, task->first);
        else say(ACCEPT, attempt, 0, 0, "");
    } else if (frame[0] == DRAIN) draining = 1, say(DRAIN, nothing, 0, 0, "");
    else if (!task) return;
    else if (frame[0] == SETTLED) { if (task->result) task->result = -1; }
    else if (task->result) return;
    else if (frame[0] == CANCEL || (frame[0] == ORDERS && first == 1)) task->result = -1;
    else if (frame[0] == ORDERS && second) task->limit = task->accepted + second;
}

/* Takes the frames of one message, as far as they are RDP/1. */
static void hear(void) {
    int more = 1, ours = 0;
    size_t option = sizeof more;
    for (int count = 0; more; count++) {
        zmq_msg_t frame;
        zmq_msg_init(&frame);
        if (zmq_msg_recv(&frame, line, 0) < 0) exit(2);
        const unsigned char *octets = zmq_msg_data(&frame);
        size_t size = zmq_msg_size(&frame);
        if (!count) ours = size == 5 && !memcmp(octets, "RDP/1", 5);
        else if (ours && size >= HEADER) heard = now(), obey(octets, size);
        else if (!ours && !session && size >= HEADER && octets[0] == REFUSED && get(octets + 28, 4) == 1) exit(1);
        zmq_msg_close(&frame);
        zmq_getsockopt(line, ZMQ_RCVMORE, &more, &option);
    }
}

static void tick(const char *endpoint) {
    int64_t time = now();
    Task *task = held;
    if (!task->result && task->limit <= time) finish(task, FAIL, 3);
    else if (!task->result && task->until <= time && session)
        largest < 40 ? finish(task, FAIL, 1) : finish(task, CONTRIBUTE, 0);
    else if (!task->result && task->due <= time)
        task->due = time + task->lease / 3, say(RENEW, task->attempt, 0, 0, "");
    for (Task *each = held; each < held + 2; each++)
        if (each->result > 0 && each->due <= time) finish(each, each->result, each->first);
    if (heard + 3 * heartbeat <= time) redial(endpoint);
    else if (session && spoke + heartbeat <= time) say(HEARTBEAT, nothing, 0, 0, "");
}

int main(int count, char **arguments) {
    FILE *random = fopen("/dev/urandom", "r");
    uint64_t number;
    if (count != 3 || !random || fread(&number, sizeof number, 1, random) != 1) return 64;
    snprintf(incarnation, sizeof incarnation, "%016" PRIx64, number);
    department = arguments[2];
    context = zmq_ctx_new();
    redial(arguments[1]);
    while (!draining || held[0].result >= 0 || held[1].result >= 0) {
        zmq_pollitem_t item = {line, 0, ZMQ_POLLIN, 0};
        if (zmq_poll(&item, 1, 10) > 0) hear();
        tick(arguments[1]);
    }
    zmq_close(line);
    zmq_ctx_term(context);
}
