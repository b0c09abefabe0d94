#!/usr/bin/env python3
"""A department's worker in Python: worker.py ENDPOINT DEPARTMENT [TASKS-AT-ONCE]. Start from it: write your own `handle`.
It needs pyzmq. The main thread owns the socket, the session and the tasks; each task has a thread that runs `handle` and
leaves what came of it in a queue. An attempt goes by its key: (case, number of the task, attempt). Capitals are RDP/1's."""
import json, queue, secrets, signal, struct, sys, threading, time, types, zmq

VERSION, HEADER = b"RDP/1", struct.Struct(">BxHQIQIIxxHI")
READY, CREDIT, ACCEPT, RENEW, CONTRIBUTE, FAIL, RELEASE, DRAIN, HEARTBEAT = range(1, 10)
WELCOME, OFFER, ORDERS, SETTLED, CANCEL, REFUSED, REGISTER = range(16, 23)
NOTHING, UNKNOWN_SESSION = (0, 0, 0), 6

def handle(brief, cancelled):
    """The department's work: a brief in, a contribution out. It can be called again for the same brief["task"], which is
    the key that makes what it does in the world happen once. It stops early when the event `cancelled` is set."""
    told = {particular["name"]: particular["value"] for particular in brief["particulars"]}
    cancelled.wait(float(told.get("conformance-seconds", 0)))
    return {"issues": [{"number": issue["number"], "outcome": "cannot-say"} for issue in brief["issues"]]}

def name(case, number):
    """A task as bodies name it: the case in base 32, a check character (Luhn's rule modulo 32), the task's number."""
    digits = [case >> 5 * place & 31 for place in range(12)]  # the last one first
    check = -sum(sum(divmod(digit * (2 - place % 2), 32)) for place, digit in enumerate(digits)) % 32
    text = "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[digit] for digit in digits[::-1] + [check])
    return f"R-{text[:4]}-{text[4:8]}-{text[8:12]}-{text[12]}/{number}"

class Worker:
    def __init__(self, endpoint, department, room="4"):
        self.endpoint, self.department, self.room, self.socket = endpoint, department, int(room), None
        self.incarnation, self.draining, self.heartbeat, self.largest = secrets.token_hex(8), False, 2.5, 1 << 20
        # Tasks by key; the keys of those whose thread has not returned; what came of them.
        self.held, self.handlers, self.done = {}, set(), queue.SimpleQueue()
        signal.signal(signal.SIGTERM, self.drain)
        self.connect()

    # Saying. Nothing but READY is said without a session.
    def connect(self):  # anew: the connection before is given up, with all that waits on it
        self.socket and self.socket.close(linger=0)
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.set(zmq.IMMEDIATE, 1)
        self.socket.connect(self.endpoint)
        self.register()
    def register(self):
        self.session, self.outbox, self.heard = 0, [], time.monotonic()
        self.say(READY, body={
            "worker": self.department, "incarnation": self.incarnation, "departments": [self.department], "holding": [
                {"task": name(*key[:2]), "attempt": key[2], "state": "finished" if task.result else "running"}
                for key, task in self.held.items()]})
    def say(self, kind, key=NOTHING, first=0, second=0, body=None):
        body = b"" if body is None else json.dumps(body).encode()
        if self.session or kind == READY:
            head = HEADER.pack(kind, key[1], key[0], key[2], self.session, first, second, 0, len(body))
            self.outbox.append(head + body)

    # Hearing. What is not understood is passed over; what comes after it counts.
    def hear(self, frames):
        # The refusal of a coordinator that does not speak RDP/1 looks the same in all versions.
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
        elif not self.session and kind == REFUSED and second != UNKNOWN_SESSION:
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
        room = max(0, self.room - len(self.held))  # what is held takes room already
        self.say(*(DRAIN,) if self.draining else (CREDIT, NOTHING, room, 64 << 20))
        for task in filter(lambda task: task.result, self.held.values()):
            task.due = 0  # results are said again at once
    def drain(self, *_):
        self.draining = True
        self.say(DRAIN)

    # Tasks. One is running while it has no `result`; then it is finished, and held until SETTLED.
    def offer(self, key, task, lease, limit, brief):
        if task:  # it came twice: the same answer again
            return self.finish(key, *task.result) if task.result else self.say(ACCEPT, key)
        full, now = self.draining or len(self.handlers | self.held.keys()) >= self.room, time.monotonic()
        task = self.held[key] = types.SimpleNamespace(  # `due`: when to say RENEW, or the result again
            accepted=now, third=lease / 3000, due=now + lease / 3000, limit_at=now + (limit or 1e12) / 1000,
            cancelled=threading.Event(), result=None)
        if full:
            return self.finish(key, RELEASE, 0, {"reason": "The worker has no room."})
        self.say(ACCEPT, key)
        self.handlers.add(key)
        threading.Thread(target=self.run, args=(key, task.cancelled, brief), daemon=True).start()
    def run(self, key, cancelled, brief):
        try:
            contribution = handle(json.loads(brief), cancelled)
            assert len(json.dumps(contribution)) <= self.largest, "The contribution is larger than the coordinator takes."
            self.done.put((key, CONTRIBUTE, 0, contribution))
        except Exception as error:
            self.done.put((key, FAIL, 1, {"reason": repr(error)[:1000]}))
    def finish(self, key, kind, first, body):
        self.held[key].result, self.held[key].due = (kind, first, body), time.monotonic() + 3 * self.heartbeat
        self.say(kind, key, first, body=body)

    # Time.
    def tick(self, now):
        for key, task in self.held.items():
            if not task.result and task.limit_at <= now:
                task.cancelled.set()
                self.finish(key, FAIL, 3, {"reason": "The time limit has passed."})
            elif task.due <= now:
                task.due = now + task.third
                self.finish(key, *task.result) if task.result else self.say(RENEW, key)
        if self.heard + 3 * self.heartbeat <= now:
            self.connect()
        elif self.session and self.spoke + self.heartbeat <= now:
            self.say(HEARTBEAT)
    def work(self):
        while self.held or self.outbox or not self.draining:
            if self.socket.poll(20):  # milliseconds: as often the clock is looked at
                self.hear(self.socket.recv_multipart())
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
