// A feature whose name is misspelt in Package.swift is silently ignored: these lines notice. All targets have the same.
#if !hasFeature(ExistentialAny)
    #error("The build setting ExistentialAny is missing")
#endif
#if !hasFeature(InternalImportsByDefault)
    #error("The build setting InternalImportsByDefault is missing")
#endif
#if !hasFeature(MemberImportVisibility)
    #error("The build setting MemberImportVisibility is missing")
#endif
#if !hasFeature(InferIsolatedConformances)
    #error("The build setting InferIsolatedConformances is missing")
#endif
#if !hasFeature(NonisolatedNonsendingByDefault)
    #error("The build setting NonisolatedNonsendingByDefault is missing")
#endif
