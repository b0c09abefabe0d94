#!/usr/bin/env python3
"""A department's worker in Python: worker.py ENDPOINT DEPARTMENT [KEY-FILE [TASKS-AT-ONCE]]. Write your own `handle`.
KEY-FILE is what `redress keys make` wrote; "-" or none: plain text. The main thread owns socket, session and tasks; a
task's own thread runs `handle` and queues what came of it. An attempt goes by its key: (case, task's number, attempt)."""
import json, queue, secrets, signal, struct, sys, threading, time, types, zmq
VERSION, HEADER, NOTHING = b"RDP/1", struct.Struct(">BxHQIQIIxxHI"), (0, 0, 0)
READY, CREDIT, ACCEPT, RENEW, CONTRIBUTE, FAIL, RELEASE, DRAIN, HEARTBEAT = range(1, 10)
WELCOME, OFFER, ORDERS, SETTLED, CANCEL, REFUSED, REGISTER = range(16, 23)
UNKNOWN_SESSION, KEY_REFUSED, TURNED_AWAY = 6, 30, zmq.EVENT_HANDSHAKE_FAILED_AUTH | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL

def handle(brief, cancelled):
    """The department's work: a brief in, a contribution out. It can be called again for the same brief["task"], which is
    the key that makes what it does in the world happen once. It stops early when the event `cancelled` is set."""
    told = {particular["name"]: particular["value"] for particular in brief["particulars"]}
    cancelled.wait(float(told.get("conformance-seconds", 0)))
    return {"issues": [{"number": issue["number"], "outcome": "cannot-say"} for issue in brief["issues"]]}

def name(case, number):  # a task as bodies name it: the case in base 32, a check character (Luhn modulo 32), the number
    digits = [case >> 5 * place & 31 for place in range(12)]  # the last one first
    check = -sum(sum(divmod(digit * (2 - place % 2), 32)) for place, digit in enumerate(digits)) % 32
    text = "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[digit] for digit in digits[::-1] + [check])
    return f"R-{text[:4]}-{text[4:8]}-{text[8:12]}-{text[12]}/{number}"

class Worker:
    def __init__(self, endpoint, department, key_file="-", room="4"):
        self.endpoint, self.department, self.room, self.socket = endpoint, department, int(room), None
        self.incarnation, self.draining, self.heartbeat, self.largest = secrets.token_hex(8), False, 2.5, 1 << 20
        self.held, self.handlers, self.done = {}, set(), queue.SimpleQueue()  # by key: tasks, threads; what came
        self.name, self.security = (department, {}) if key_file == "-" else self.read(key_file)
        signal.signal(signal.SIGTERM, lambda *_: (signal.alarm(30), self.drain()))  # it leaves; in 30 s at the latest
        self.connect()
    def read(self, key_file):
        lines = dict(line.split() for line in open(key_file) if line.strip() and line[0] != "#")
        secret, coordinator = lines["secret"].encode(), lines["coordinator"].encode()
        return lines["name"], {zmq.CURVE_SECRETKEY: secret, zmq.CURVE_PUBLICKEY: zmq.curve_public(secret),
                               zmq.CURVE_SERVERKEY: coordinator}

    # Saying. Nothing but READY is said without a session.
    def connect(self):  # anew: the connection before is given up, with all that waits on it
        self.socket and self.socket.close(linger=0)
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        for option, value in {zmq.IMMEDIATE: 1, **self.security}.items():
            self.socket.set(option, value)
        self.turned_away = self.socket.get_monitor_socket(TURNED_AWAY)
        self.socket.connect(self.endpoint)
        self.register()
    def register(self):
        self.session, self.outbox, self.heard = 0, [], time.monotonic()
        self.say(READY, body=dict(worker=self.name, incarnation=self.incarnation, departments=[self.department],
            holding=[{"task": name(*key[:2]), "attempt": key[2], "state": "finished" if task.result else "running"}
                     for key, task in self.held.items()]))
    def say(self, kind, key=NOTHING, first=0, second=0, body=None):
        body = b"" if body is None else json.dumps(body).encode()
        if self.session or kind == READY:
            self.outbox.append(HEADER.pack(kind, *key[1::-1], key[2], self.session, first, second, 0, len(body)) + body)

    # Hearing. What is not understood is passed over; what comes after it counts. All versions refuse others alike.
    def hear(self, frames):
        if frames[0] != VERSION and not self.session and frames[-1][:1] + frames[-1][28:32] == b"\x15\0\0\0\1":
            sys.exit(f"The coordinator does not speak RDP/1: {frames[-1][40:]}")
        for frame in frames[1:] if frames[0] == VERSION else []:
            self.heard = time.monotonic()
            try:
                kind, number, case, attempt, session, first, second, properties, size = HEADER.unpack_from(frame)
                if len(frame) == 40 + properties + size and (frame[1], frame[32], frame[33]) == (0, 0, 0):
                    self.obey(kind, (case, number, attempt), session, first, second, frame[40 + properties:])
            except (struct.error, ValueError, AttributeError):
                continue  # a coordinator would refuse it; a worker may write it to its log
    def obey(self, kind, key, session, first, second, body):
        task = self.held.get(key)
        if self.session and (kind == REGISTER or kind == REFUSED and second == UNKNOWN_SESSION):
            self.register()
        elif kind == REFUSED and (second == KEY_REFUSED or not self.session and second != UNKNOWN_SESSION):
            wait = json.loads(body).get("retryAfterMilliseconds") or sys.exit(f"The coordinator refused: {body}")
            self.heard += wait / 1000 - 3 * self.heartbeat  # when that much silence has passed, it tries again
        elif kind == WELCOME and not self.session:
            self.welcome(session, json.loads(body))
        elif session != self.session or not session:
            pass  # of another session
        elif kind == OFFER and all(key):
            self.offer(key, task, first, second, body)
        elif kind == DRAIN:
            self.drain()
        elif kind == SETTLED and task and task.result:
            del self.held[key]
        elif task and not task.result and (kind == CANCEL or kind == ORDERS and first == 1):
            self.held.pop(key).cancelled.set()
        elif task and kind == ORDERS and second:
            task.limit_at = task.accepted + second / 1000
    def welcome(self, session, body):
        self.session, self.heartbeat = session, body.get("heartbeatMilliseconds", 2500) / 1000
        self.largest = (body.get("limits") or {}).get("contributionBytes", 1 << 20)
        self.say(*(DRAIN,) if self.draining else (CREDIT, NOTHING, max(0, self.room - len(self.held)), 64 << 20))
        for task in filter(lambda task: task.result, self.held.values()):
            task.due = 0  # results are said again at once
    def drain(self):
        self.draining = True
        self.say(DRAIN)

    # Tasks. One is running while it has no `result`, then held until SETTLED. When `due`, RENEW or the result is said.
    def offer(self, key, task, lease, limit, brief):
        if task:  # it came twice: the same answer again
            return self.finish(key, *task.result) if task.result else self.say(ACCEPT, key)
        full, now = self.draining or len(self.handlers | self.held.keys()) >= self.room, time.monotonic()
        task = self.held[key] = types.SimpleNamespace(cancelled=threading.Event(), result=None, accepted=now,
            third=lease / 3000, due=now + lease / 3000, limit_at=now + (limit or 1e12) / 1000)
        if full:
            return self.finish(key, RELEASE, 0, {"reason": "The worker has no room."})
        self.say(ACCEPT, key)
        self.handlers.add(key)
        threading.Thread(target=self.run, args=(key, task.cancelled, brief), daemon=True).start()
    def run(self, key, cancelled, brief):
        try:
            contribution = handle(json.loads(brief), cancelled)
            assert len(json.dumps(contribution)) <= self.largest, "The contribution is larger than may be."
            self.done.put((key, CONTRIBUTE, 0, contribution))
        except Exception as error:
            self.done.put((key, FAIL, 1, {"reason": repr(error)[:1000]}))
    def finish(self, key, kind, first, body):
        self.held[key].result, self.held[key].due = (kind, first, body), time.monotonic() + 3 * self.heartbeat
        self.say(kind, key, first, body=body)
    def tick(self, now):
        for key, task in self.held.items():
            if not task.result and task.limit_at <= now:
                task.cancelled.set()
                self.finish(key, FAIL, 3, {"reason": "The time limit has passed."})
            elif task.due <= now:
                task.due = now + task.third
                self.finish(key, *task.result) if task.result else self.say(RENEW, key)
        if self.heard + 3 * self.heartbeat <= now:
            print(f"No word from {self.endpoint}: not there, or with other keys? Trying again.", file=sys.stderr)
            self.connect()
        elif self.session and self.spoke + self.heartbeat <= now:
            self.say(HEARTBEAT)
    def work(self):
        while self.held or self.session and self.outbox or not self.draining:
            if self.socket.poll(20):  # milliseconds: as often the clock is looked at
                self.hear(self.socket.recv_multipart())
            if self.turned_away.poll(0):
                sys.exit(f"{self.endpoint} turns this worker away: its key is unknown there, or only one has keys.")
            while not self.done.empty():
                key, *came = self.done.get()
                self.handlers.discard(key)
                if key in self.held and not self.held[key].result:
                    self.finish(key, *came)
            self.tick(time.monotonic())
            while self.outbox and self.socket.poll(0, zmq.POLLOUT):
                self.socket.send_multipart([VERSION, self.outbox.pop(0)])
                self.spoke = time.monotonic()
Worker(*sys.argv[1:]).work()
