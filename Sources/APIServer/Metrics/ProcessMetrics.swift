import Glibc
import Metrics

/// The metrics that Prometheus clients export about their own process.
enum ProcessMetrics {
  static func add(to registry: MetricsRegistry) {
    let pageSize = Double(sysconf(Int32(_SC_PAGESIZE)))
    registry.gauge("process_resident_memory_bytes", "Resident memory size in bytes.") {
      [([], Double(pages(of: 1)) * pageSize)]
    }
    registry.gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.") {
      [([], Double(pages(of: 0)) * pageSize)]
    }
    registry.gauge(
      "process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", type: .counter
    ) {
      [([], cpuSeconds())]
    }
    registry.gauge("process_open_fds", "Number of open file descriptors.") { [([], Double(openFiles()))] }
    registry.gauge("process_max_fds", "Maximum number of open file descriptors.") {
      [([], Double(maximumOpenFiles()))]
    }
    let start = startTime()
    registry.gauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds.") {
      [([], start)]
    }
  }

  /// A column of /proc/self/statm.
  private static func pages(of column: Int) -> Int {
    let columns = line("/proc/self/statm").split(separator: " ")
    return column < columns.count ? Int(columns[column]) ?? 0 : 0
  }

  private static func cpuSeconds() -> Double {
    var usage = rusage()
    guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
    return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
      + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
  }

  private static func openFiles() -> Int {
    guard let folder = opendir("/proc/self/fd") else { return 0 }
    defer { closedir(folder) }
    var count = 0
    while readdir(folder) != nil { count += 1 }
    // Without the two dots and the folder's own.
    return max(0, count - 3)
  }

  private static func maximumOpenFiles() -> UInt64 {
    var limit = rlimit()
    return getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 ? UInt64(limit.rlim_cur) : 0
  }

  /// When the process began: the boot's moment and the ticks since then (column 22 of /proc/self/stat).
  private static func startTime() -> Double {
    let stat = line("/proc/self/stat")
    guard let end = stat.lastIndex(of: ")") else { return 0 }
    let columns = stat[end...].split(separator: " ")
    guard columns.count > 20, let ticks = Double(columns[20]) else { return 0 }
    var boot = timespec()
    var now = timespec()
    clock_gettime(CLOCK_BOOTTIME, &boot)
    clock_gettime(CLOCK_REALTIME, &now)
    let booted = Double(now.tv_sec - boot.tv_sec) + Double(now.tv_nsec - boot.tv_nsec) / 1e9
    return booted + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  private static func line(_ path: String) -> String {
    guard let file = fopen(path, "r") else { return "" }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 4096)
    guard fgets(&line, Int32(line.count), file) != nil else { return "" }
    return String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
