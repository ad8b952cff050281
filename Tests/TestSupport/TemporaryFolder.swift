import ServerSupport

/// A folder of a test's own, which goes when nobody holds it any more.
public typealias TemporaryFolder = ServerSupport.TemporaryFolder
