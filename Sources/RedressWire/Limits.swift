/// The limits of RDP/1 (specification, "Limits").
package enum Limits {
    /// Commands in one message: a turn of the coordinator is bounded in messages, so a message has to be bounded too.
    package static let commandsMaximum = 64
    /// The words of a complaint, in bytes: 1 MiB.
    package static let complaintBytesMaximum = 1 << 20
    /// The body of SUBMIT: twice a complaint's words, for quotes and line ends are two bytes each in JSON, and some room.
    package static let submissionBytesMaximum = 2 * complaintBytesMaximum + 1 << 16
    /// The body of OFFER: a whole complaint in its excerpts, and the findings that came before.
    package static let briefBytesMaximum = 4 << 20
    /// The body of CONTRIBUTE: a page or two is usual.
    package static let contributionBytesMaximum = 1 << 20
    /// The body of RENEW: a sentence on what the handler does.
    package static let progressBytesMaximum = 1024
    /// The bodies that open, end and refuse.
    package static let controlBytesMaximum = 1 << 16
    /// The bodies of EVENT and ANSWER: a whole record, or a page of cases.
    package static let answerBytesMaximum = 16 << 20
    /// The bodies of the EVENTs and ANSWERs of one session. The number of the next session comes behind them: who says it has
    /// read them, and who reads nothing is sent no more.
    package static let sessionBytesMaximum = 64 << 20
    /// The properties of one command: what their length field can say.
    package static let propertiesBytesMaximum = 65_535
    /// The key of a submission, in bytes of UTF-8.
    package static let submissionKeyBytesMaximum = 128
    /// The names that peers give: of a worker, a client, a customer.
    package static let nameBytesMaximum = 128
    /// The largest frame that the transport lets through (`ZMQ_MAXMSGSIZE`): above every body's limit, so that a frame
    /// that is too large can be answered instead of cutting the line.
    package static let frameBytesMaximum = 24 << 20
    /// How many bytes of commands a sender packs into one message before it starts the next; one larger command goes alone.
    /// More would cost nothing less, and delay what waits behind.
    package static let packedBytesMaximum = 256 << 10
}
