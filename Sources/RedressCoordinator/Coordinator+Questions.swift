import RedressCase
import RedressContract
import RedressDispatch
import RedressStore
import RedressWire

/// Questions and orders of clients. What the journal answers is read on other threads, once the views have caught up.
extension Coordinator {
    /// So many questions of one client are answered at a time: each may bring 16 MiB into memory.
    private static let askingMaximum = 8

    func ask(_ command: Command, from client: ClientSession) throws(Refusal) {
        try refuseWhenBusy(client)
        let fields = try Self.fields(command)
        let question: Question
        do throws(JSONError) {
            question = try Question(fields)
        } catch {
            throw Refusal(.malformedBody, "The query is not of the right shape: \(error).")
        }
        switch question {
        case .status:
            answer(command, client, .success(status))
        case .case(let reference):
            read(command, client) { [policies = broker.policies, reason = broker.setAside[reference]] reader in
                try reader.presentation(of: reference, policies, setAside: reason)
            }
        case .journal(let reference):
            read(command, client) { [reason = broker.setAside[reference]] reader in
                try reader.journal(of: reference, setAside: reason)
            }
        case .cases(let after, let limit):
            read(command, client) { [setAside = broker.setAside] reader in
                try reader.list(after: after, limit: limit, setAside: setAside)
            }
        case .tasks(let filter):
            if let department = filter.department, department != .owner { try broker.refuseUnknown(department) }
            read(command, client) { reader in try reader.list(filter) }
        case .task(let task):
            let explanation = try explain(task)
            read(command, client) { reader in
                try TaskPresentation(task, reader.known(task.reference), explanation).jsonBytes
            }
        case .explain(let task):
            answer(command, client, .success(try explain(task).jsonBytes))
        case .unknown(let name):
            throw Refusal(
                .unknownQuestion,
                "There is no query \"\(name)\"; there are case, cases, explain, journal, status, task and tasks.")
        }
    }

    /// What QUERY can ask.
    private enum Question {
        case status
        case `case`(CaseReference)
        case journal(CaseReference)
        case cases(after: String?, limit: Int)
        case tasks(TaskFilter)
        case task(TaskID)
        case explain(TaskID)
        case unknown(String)

        init(_ fields: JSONFields) throws(JSONError) {
            switch try fields.string("query") {
            case "status": self = .status
            case "case": self = .case(try fields.reference())
            case "journal": self = .journal(try fields.reference())
            case "cases":
                self = .cases(
                    after: try fields.stringIfPresent("after"),
                    limit: Int(try fields.integerIfPresent("limit", as: UInt16.self) ?? 100))
            case "tasks": self = .tasks(try TaskFilter(fields))
            case "task": self = .task(try fields.task())
            case "explain": self = .explain(try fields.task())
            case let name: self = .unknown(name)
            }
        }
    }

    func order(_ command: Command, from client: ClientSession) throws(Refusal) {
        try refuseWhenBusy(client)
        let fields = try Self.fields(command)
        func read<Value>(_ read: () throws(JSONError) -> Value) throws(Refusal) -> Value {
            do throws(JSONError) {
                return try read()
            } catch {
                throw Refusal(.malformedBody, "The command is not of the right shape: \(error).")
            }
        }
        switch try read({ () throws(JSONError) in try fields.string("command") }) {
        case "backup":
            let argument = try read { () throws(JSONError) in try fields.string("to") }
            let source = folder
            self.read(command, client) { _ in
                let verification = try JournalBackup.copy(
                    from: source, to: DataFolder(argument), keepsFault: true)
                var writer = JSONWriter()
                writer.object { writer in
                    writer.member("to", argument)
                    writer.member("entries", verification.entries)
                    writer.member("cases", verification.cases)
                    writer.member("head", verification.lastHash.description)
                    if let fault = verification.fault { writer.member("fault", "\(fault)") }
                }
                return writer.bytes
            }
        case "drain":
            let asked = broker.drain(try read { () throws(JSONError) in try fields.string("worker") })
            answer(
                command, client,
                .success(JSON.object([JSON.Member("asked", .number(ExactNumber(asked)))]).bytes))
        case "add", "adopt":
            let order = try read { () throws(JSONError) in try PlanOrder(fields) }
            answer(command, client, .success(try act(order, as: client)))
        case "erase":
            let order = try read { () throws(JSONError) in try ErasureOrder(fields) }
            try act(order, as: client, answering: command)
        case "settle":
            let order = try read { () throws(JSONError) in try SettlementOrder(fields) }
            answer(command, client, .success(try act(order, as: client)))
        case "retry", "edit", "cancel", "reassign":
            let order = try read { () throws(JSONError) in try DeskOrder(fields) }
            answer(command, client, .success(act(order, as: client)))
        case "pause", "resume":
            let order = try read { () throws(JSONError) in try PauseOrder(fields) }
            try act(order, as: client)
            answer(command, client, .success(JSON.object([]).bytes))
        case let name:
            throw Refusal(
                .unknownQuestion,
                "There is no command \"\(name)\"; there are add, adopt, backup, cancel, drain, edit, erase, pause, "
                    + "reassign, resume, retry and settle.")
        }
    }

    private static func fields(_ command: Command) throws(Refusal) -> JSONFields {
        do throws(JSONError) {
            return try JSONFields(try JSON(parsing: command.body))
        } catch {
            throw Refusal(.malformedBody, "The body of \(command.kind) is not a JSON object: \(error).")
        }
    }

    private func refuseWhenBusy(_ client: ClientSession) throws(Refusal) {
        guard !client.isSpent, asking[client.name, default: 0] < Self.askingMaximum else {
            throw Refusal(
                .busy,
                "\(client.name) has as many questions under way as are answered at a time; ask again in a moment.",
                retryAfterMilliseconds: 100)
        }
    }

    /// Answers out of the journal, on another thread.
    private func read(
        _ command: Command, _ client: ClientSession, _ question: @escaping @Sendable (JournalReader) throws -> [UInt8]
    ) {
        guard let reader else { return }
        answer(command, client) { try question(reader) }
    }

    /// Answers with what `body` returns, on another thread, once this turn is on disk and the views show it.
    func answer(
        _ command: Command, _ client: ClientSession, _ body: @escaping @Sendable () async throws -> [UInt8]
    ) {
        client.asking += 1
        asking[client.name, default: 0] += 1
        deciding.questions.append { [weak self, session = client.session, name = client.name] in
            Task.detached {
                let result: Result<[UInt8], Refusal>
                do {
                    result = .success(try await body())
                } catch let refusal as Refusal {
                    result = .failure(refusal)
                } catch {
                    result = .failure(Refusal(.failed, "\(error)"))
                }
                await self?.answer(command, session, of: name, result)
            }
        }
    }

    /// Brings the answer to a question that was under way.
    private func answer(_ command: Command, _ session: UInt64, of name: String, _ result: Result<[UInt8], Refusal>) {
        if let count = asking[name] { asking[name] = count > 1 ? count - 1 : nil }
        guard let client = clients.sessions[session] else { return }
        client.asking -= 1
        answer(command, client, result)
    }

    private func answer(_ command: Command, _ client: ClientSession, _ result: Result<[UInt8], Refusal>) {
        switch result {
        case .success(let body):
            guard body.count <= Limits.answerBytesMaximum else {
                let refusal = Refusal(.tooLarge, "The answer has \(body.count) bytes; ask for less at a time.")
                return post(Command(refusal: refusal, request: command.first), to: client.peer)
            }
            // What was done is said in any case: the order would be given again.
            guard client.spend(body.count) || command.kind == .command else {
                let refusal = Refusal(
                    .busy, "The answer is more than one session is sent; ask again, in the next one.",
                    retryAfterMilliseconds: 100)
                return post(Command(refusal: refusal, request: command.first), to: client.peer)
            }
            post(Command(.answer, session: client.session, first: command.first, body: body[...]), to: client.peer)
        case .failure(let refusal):
            post(Command(refusal: refusal, request: command.first), to: client.peer)
        }
    }

    // MARK: Status

    private var status: [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("version", Self.version)
            writer.member("protocol", "RDP/1")
            writer.member("policy", broker.policyHash)
            writer.member("fsyncs", commits)
            writer.member("messages", messagesTaken)
            writer.member("uptimeSeconds", now().steady.components.seconds)
            writer.member("freeBytes", folder.freeBytes ?? 0)
            writer.member("troubles", [outage?.sentence, keyTrouble].compactMap(\.self))
            // Without a journal there is no telling what is so.
            if outage == nil { membersOfCore(&writer) }
            writer.member("clients", clients.present(now: now().steady, heartbeat: broker.settings.heartbeat))
        }
        return writer.bytes
    }

    /// Writes what the core and the journal know.
    private func membersOfCore(_ writer: inout JSONWriter) {
        writer.member("epoch", epoch)
        writer.member("turn", turn)
        writer.member("viewsBehind", viewsBehind.count)
        writer.member("openCases", broker.cases.count)
        writer.name("setAside")
        writer.array(broker.setAside.sorted { $0.key < $1.key }) { writer, aside in
            writer.object { writer in
                writer.member("reference", aside.key.description)
                writer.member("reason", aside.value)
            }
        }
        writer.name("paused")
        writer.array(broker.pauses.sorted { $0.key < $1.key }) { writer, pause in
            writer.object { writer in
                switch pause.key {
                case .department(let name): writer.member("department", name.description)
                case .worker(let name): writer.member("worker", name)
                }
                writer.members(of: pause.value)
            }
        }
        writer.name("pausedCases")
        writer.array(broker.cases.values.filter { $0.pause != nil }.sorted { $0.reference < $1.reference }) {
            writer, paused in
            writer.object { writer in
                writer.member("reference", paused.reference.description)
                if let pause = paused.pause { writer.members(of: pause) }
            }
        }
        writer.member("awaitingTriage", awaitingTriage.count + beingTriaged)
        writer.name("departments")
        writer.array(broker.load) { writer, load in
            writer.object { writer in
                writer.member("name", load.department.description)
                writer.member("workers", load.workers)
                writer.member("waiting", load.waiting)
                writer.member("offered", load.offered)
                writer.member("accepted", load.accepted)
                if let pause = load.pause {
                    writer.name("paused")
                    writer.object { $0.members(of: pause) }
                }
            }
        }
        writer.name("unserved")
        writer.array(broker.unserved) { writer, lane in
            writer.object { writer in
                writer.member("contract", lane.contract.description)
                writer.member("waiting", lane.waiting)
            }
        }
        writer.name("workers")
        writer.array(broker.workers.values.sorted { ($0.name, $0.session) < ($1.name, $1.session) }) {
            writer, worker in
            writer.object { writer in
                writer.member("name", worker.name)
                writer.member("incarnation", String(worker.incarnation, radix: 16))
                writer.member("departments", worker.departments.map(\.description))
                writer.member("contracts", worker.contracts.map(\.description))
                writer.member("holding", worker.outstanding.count)
                writer.member("credit", worker.creditMessages)
                writer.member("draining", worker.isDraining)
                writer.member("paused", worker.isPaused)
            }
        }
    }
}

extension JSONFields {
    func task() throws(JSONError) -> TaskID {
        try parse("task", as: "a task, such as R-0000-0000-0001-Y/1; check it for misread characters", { TaskID($0) })
    }

    func reference() throws(JSONError) -> CaseReference {
        try parse("reference", as: "a case's reference; check it for misread characters", { CaseReference($0) })
    }
}

extension JournalReader {
    func known(_ reference: CaseReference) throws -> [StoredEntry] {
        let entries = try entries(of: .case(reference))
        guard !entries.isEmpty else { throw Refusal(.unknownCase, "There is no case \(reference).") }
        return entries
    }

    /// The case as `case show` gives it; of one whose entries are damaged or make none, that it is set aside and why.
    ///
    /// - Parameter reason: why the coordinator has set it aside, where it has.
    fileprivate func presentation(
        of reference: CaseReference, _ policies: [String: Policy], setAside reason: String?
    ) throws -> [UInt8] {
        let why: String
        do {
            // One that is set aside may have lost all of its rows.
            let entries = try reason == nil ? known(reference) : entries(of: .case(reference))
            try check(.case(reference))
            return try CasePresentation(reference, entries, setAside: reason) { policies[$0] }.jsonBytes
        } catch let error as FoldError {
            why = "\(error) What else is damaged: redress journal verify"
        } catch let error as JournalError where error.code == .broken {
            why = error.sentence
        }
        return JSON.object([
            JSON.Member("reference", .string(reference.description)),
            JSON.Member("state", .string(CaseView.stateSetAside)), JSON.Member("reason", .string(reason ?? why)),
        ]).bytes
    }

    /// Why the rows of a case cannot be relied on; nil where they can.
    private func damage(of reference: CaseReference) throws(JournalError) -> String? {
        do {
            try check(.case(reference))
            return nil
        } catch {
            guard error.code == .broken else { throw error }
            return error.sentence
        }
    }

    /// The entries of a case as `case journal` gives them.
    ///
    /// - Parameter reason: why the coordinator has set it aside, where it has.
    fileprivate func journal(of reference: CaseReference, setAside reason: String?) throws -> [UInt8] {
        let rows = try rows(of: .case(reference))
        guard !rows.isEmpty || reason != nil else { throw Refusal(.unknownCase, "There is no case \(reference).") }
        let reason = try reason ?? damage(of: reference)
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("reference", reference.description)
            if let reason { writer.member("setAside", reason) }
            writer.name("rows")
            writer.array(rows) { writer, row in
                writer.object { writer in
                    writer.member("turn", row.turn)
                    writer.member("head", row.head.description)
                    writer.name("entries")
                    writer.array(row.entries) { writer, entry in writer.value(Entry.presentation(of: entry)) }
                }
            }
        }
        return writer.bytes
    }

    /// A page of cases as `case list` gives it.
    fileprivate func list(after: String?, limit: Int, setAside: [CaseReference: String]) throws -> [UInt8] {
        guard let page = try cases(after: after, limit: min(max(limit, 1), 1000)) else {
            throw Refusal(.malformedBody, "\"after\" is no cursor of this journal; begin without it.")
        }
        var writer = JSONWriter()
        writer.object { writer in
            writer.name("cases")
            writer.array(page.cases) { writer, view in
                writer.object { writer in
                    writer.member("reference", view.reference.description)
                    writer.member("state", setAside[view.reference] == nil ? view.state : CaseView.stateSetAside)
                    if view.state != CaseView.stateSetAside {
                        writer.member("receivedAt", view.receivedAt.description)
                        writer.member("deadline", view.deadline.description)
                    }
                    writer.member("issues", view.issues)
                    writer.member("openPoints", view.openPoints)
                    // Of a case that is open again, the view still has the outcome of the record before.
                    if !view.isUnfinished, let outcome = view.outcome { writer.member("outcome", outcome) }
                    writer.name("waiting")
                    writer.array(view.tasks) { writer, task in
                        writer.object { writer in
                            writer.member("type", task.type)
                            writer.member("state", task.state)
                            if let outcome = task.outcome { writer.member("outcome", outcome) }
                            if task.outcome != nil { writer.member("parked", true) }
                        }
                    }
                }
            }
            if let next = page.next { writer.member("next", next) }
        }
        return writer.bytes
    }
}
