extension Duration {
    /// libzmq's unit, rounded up so that a wait never ends early and no short one becomes a spin; negative durations
    /// are 0 (libzmq reads −1 as "for ever") and long ones end at 24 days.
    var wholeMilliseconds: CInt {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        guard seconds < Int64(CInt.max) / 1000 else { return .max }
        let attosecondsPerMillisecond: Int64 = 1_000_000_000_000_000
        return CInt(seconds * 1000 + (attoseconds + attosecondsPerMillisecond - 1) / attosecondsPerMillisecond)
    }
}
