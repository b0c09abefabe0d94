/// What a peer did wrong, or why it cannot have what it asked for: data with a stable number, a sentence, and whether
/// trying again can help.
public struct Refusal: Sendable, Hashable, Swift.Error, CustomStringConvertible {
    /// The stable numbers of refusals (RDP/1, section "Refusals").
    public enum Code: UInt16, Sendable, CaseIterable {
        /// The first frame names a version that is not spoken here. Frozen for all versions.
        case unsupportedVersion = 1
        /// A frame is not laid out as the specification says.
        case malformedFrame = 2
        /// A message has no command, or more than 64.
        case frameCount = 3
        /// The command's number is not known.
        case unknownCommand = 4
        /// The command is not allowed to this role or in this state.
        case notAllowed = 5
        /// The session is not known: register again.
        case unknownSession = 6
        /// The body is larger than the limit.
        case tooLarge = 7
        /// The body is not JSON of the shape wanted, or not UTF-8.
        case malformedBody = 8
        /// The complaint has no words.
        case emptyComplaint = 9
        /// The department is not one of those in the policy.
        case unknownDepartment = 10
        /// The key was used before with another complaint.
        case keyConflict = 11
        /// No case has this reference.
        case unknownCase = 12
        /// No such task, or not this attempt.
        case unknownTask = 13
        /// The contribution states a fact that another department owns.
        case notTheOwner = 14
        /// The contribution answers an issue that the task does not have.
        case unknownIssue = 15
        /// The coordinator is closing and takes nothing new.
        case draining = 16
        /// The disk is nearly full: nothing new is taken.
        case diskLow = 17
        /// Too much is under way: try again later.
        case busy = 18
        /// The query or command is not known.
        case unknownQuestion = 19
        /// The coordinator could not do it: an operating error on its side.
        case failed = 20
        /// Reserved: this coordinator does not own the case.
        case notMyCase = 21
        /// The case is set aside until a person has looked at it.
        case needsPerson = 22
        /// Reserved: fetch the body elsewhere.
        case fetchBlob = 23
        /// The task that is asked for cannot be in the plan: the policy does not allow it, there are too many, or tasks
        /// would wait for each other.
        case notPlannable = 24
        /// The type of task is not known, or the peer does not serve this version of its contract.
        case unknownContract = 25
        /// A person has paused it.
        case paused = 26
        /// Nobody is connected who could do it.
        case noWorker = 27
        /// A limit of the department or the client is reached: try again later.
        case limit = 28
        /// The task or case is not in a state in which that can be done.
        case wrongState = 29
        /// The key is not known any more, or has not been: nothing that comes with it is taken.
        case keyRefused = 30
    }

    /// The stable number.
    public var code: Code
    /// What happened and what to do, in a sentence or two.
    public var sentence: String
    /// When trying again can help, in milliseconds from now; nil: never.
    public var retryAfterMilliseconds: UInt32?

    /// The refusal `code`, explained by `sentence`.
    public init(_ code: Code, _ sentence: String, retryAfterMilliseconds: UInt32? = nil) {
        self.code = code
        self.sentence = sentence
        self.retryAfterMilliseconds = retryAfterMilliseconds
    }

    public var description: String { "\(sentence) (refusal \(code.rawValue), \(code))" }
}
