import Glibc

/// Runs the work on a thread of 512 KiB of stack, as threads of a pool may have, and returns its answer.
func onSmallStack(_ work: @escaping @Sendable () -> Bool) -> Bool {
  final class Box: @unchecked Sendable {  // handed to one thread, read after it has been joined
    let work: @Sendable () -> Bool
    var answer = false
    init(_ work: @escaping @Sendable () -> Bool) { self.work = work }
  }
  let box = Box(work)
  var attributes = pthread_attr_t()
  pthread_attr_init(&attributes)
  defer { pthread_attr_destroy(&attributes) }
  pthread_attr_setstacksize(&attributes, 512 << 10)
  var thread = pthread_t()
  let code = pthread_create(
    &thread, &attributes,
    { context in
      guard let context else { return nil }
      let box = Unmanaged<Box>.fromOpaque(context).takeUnretainedValue()
      box.answer = box.work()
      return nil
    }, Unmanaged.passUnretained(box).toOpaque())
  guard code == 0 else { return false }
  pthread_join(thread, nil)
  return withExtendedLifetime(box) { box.answer }
}
