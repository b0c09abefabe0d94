extension Configuration {
    /// Where the coordinator is found and where it writes.
    package struct Coordinator: Sendable, Hashable {
        /// The endpoint that departments and clients connect to.
        package var bind: String
        /// The folder of the journal; where it is relative, from the folder that the program was started in.
        package var dataFolder: String

        /// A coordinator, by default on this machine alone.
        package init(bind: String = "tcp://127.0.0.1:7700", dataFolder: String = "redress-data") {
            self.bind = bind
            self.dataFolder = dataFolder
        }
    }
}
