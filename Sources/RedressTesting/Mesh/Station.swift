internal import RedressWire
internal import RedressWorker

/// A process that connects to the coordinator: what a worker's and a client's have in common.
struct Station {
    /// What runs there.
    enum Role {
        case worker(Int)
        case client(Int)
    }

    /// What waits for the process.
    enum Arrival {
        case up
        case down
        case commands([Command])
        /// What a worker's own system asks of it.
        case asked((inout WorkerCore, Duration) -> Void)
    }

    let name: String
    let role: Role
    var isRunning = false
    /// Counts the processes.
    var life = 0
    var line: UInt32?
    var inbox: [Arrival] = []
    var wakesAt: Duration?
    /// Nothing that it says arrives before this.
    var mutedUntil: Duration = .zero
    /// Nothing that is said to it arrives before this.
    var deafenedUntil: Duration = .zero
    /// It stands still before this.
    var stalledUntil: Duration = .zero
}

/// Processes beside the coordinator's: started, driven and ended.
extension SimulatedMesh {
    func addStation(_ name: String, _ role: Station.Role) -> Int {
        stations.append(Station(name: name, role: role))
        return stations.count - 1
    }

    func start(_ index: Int) {
        stations[index].life += 1
        stations[index].isRunning = true
        switch stations[index].role {
        case .worker(let number): startWorker(number)
        case .client(let number): startClient(number)
        }
        connect(index, life: stations[index].life)
        attend(index)
    }

    func crash(_ index: Int, pause: Duration) {
        guard stations[index].isRunning else { return }
        tell("\(stations[index].name) crashes")
        end(index, pause: pause)
    }

    /// Ends a process; another takes its place after `pause`.
    func end(_ index: Int, pause: Duration) {
        stations[index].isRunning = false
        stations[index].line = nil
        stations[index].inbox = []
        stations[index].stalledUntil = now
        schedule(after: pause) { $0.start(index) }
    }

    /// Lets a process do what follows from what it has heard, and from the time.
    func attend(_ index: Int) {
        guard stations[index].isRunning else { return }
        guard now >= stations[index].stalledUntil else { return wake(index, at: now) }
        let arrivals = stations[index].inbox
        stations[index].inbox = []
        switch stations[index].role {
        case .worker(let number): attendWorker(number, arrivals)
        case .client(let number): attendClient(number, arrivals)
        }
    }

    func wake(_ index: Int, at time: Duration?) {
        guard let time = time.map({ max($0, now + .milliseconds(1), stations[index].stalledUntil) }) else { return }
        guard stations[index].wakesAt.map({ time < $0 || $0 <= now }) ?? true else { return }
        stations[index].wakesAt = time
        agenda.add(time) { mesh in
            guard mesh.stations[index].wakesAt == time else { return }
            mesh.stations[index].wakesAt = nil
            mesh.attend(index)
        }
    }

    /// After `delay`, and not while the process stands still, lets it do something; not when it has ended by then.
    func schedule(after delay: Duration, at index: Int, _ happening: @escaping (SimulatedMesh) -> Void) {
        let life = stations[index].life
        schedule(after: delay) { mesh in
            guard mesh.stations[index].life == life, mesh.stations[index].isRunning else { return }
            let rest = mesh.stations[index].stalledUntil - mesh.now
            guard rest <= .zero else { return mesh.schedule(after: rest, at: index, happening) }
            happening(mesh)
            mesh.attend(index)
        }
    }
}
