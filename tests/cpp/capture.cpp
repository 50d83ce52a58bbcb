#include "cases.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>

/** A file in a directory of its own, which goes with it. */
struct scratch {
    char directory[32] = "/tmp/usbx-capture-XXXXXX";
    std::string file;
    scratch() { file = mkdtemp(directory) + std::string("/traffic.pcapng"); }
    ~scratch() { std::filesystem::remove_all(directory); }

    std::string bytes() const
    {
        std::ifstream stream(file, std::ios::binary);
        return {std::istreambuf_iterator<char>(stream), {}};
    }
};

static void what_is_moved_is_in_the_file()
{
    scratch scratch;
    bench bench;
    usbx::capture capture = usbx::capture::open(scratch.file);
    const std::string sent = "written while the capture was open";
    bench.device.bulk_write(ACQ_LOOP_OUT, std::string_view(sent), in_time);
    EQUAL(capture.stats().devices, 1);
    EQUAL(capture.stats().dropped, 0);
    CHECK(!capture.close());
    CHECK(scratch.bytes().find(sent) != std::string::npos);
}

static void options_are_honoured()
{
    scratch scratch;
    bench bench;
    usbx::capture_options options;
    options.snap_length = 7;
    usbx::capture capture = usbx::capture::open(scratch.file, options);
    bench.device.bulk_write(ACQ_LOOP_OUT, std::string_view("written"), in_time);
    bench.device.bulk_write(ACQ_LOOP_OUT, std::string_view("longer than that"), in_time);
    CHECK(!capture.close());
    CHECK(scratch.bytes().find("written") != std::string::npos);
    CHECK(scratch.bytes().find("longer ") != std::string::npos);
    CHECK(scratch.bytes().find("longer t") == std::string::npos);

    options.path = "virtual/200";
    capture = usbx::capture::open(scratch.file, options);
    bench.device.bulk_write(ACQ_LOOP_OUT, std::string_view("another"), in_time);
    EQUAL(capture.stats().records, 0);
    options.path = std::string(256, 'x');
    IS(thrown([&] { return usbx::capture::open(scratch.file, options); }).code(), invalid_param);
}

static void failures_are_told()
{
    std::error_code code;
    usbx::capture none = usbx::capture::open("/nonexistent/file", code);
    IS(code, not_found);
    CHECK(!none);
    IS(thrown([] { return usbx::capture::open("/nonexistent/file"); }).code(), not_found);
    IS(thrown([&] { return none.stats(); }).code(), invalid_handle);
    usbx::capture full = usbx::capture::open("/dev/full", code);
    IS(code, ok);
    IS(full.close(), io);
}

cases capture_cases()
{
    return {{"what is moved is in the file", what_is_moved_is_in_the_file},
            {"options are honoured", options_are_honoured},
            {"failures are told", failures_are_told}};
}
