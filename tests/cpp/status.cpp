#include "cases.hpp"

static_assert(std::is_error_code_enum_v<usbx::status>);
static_assert(std::is_nothrow_copy_constructible_v<usbx::error>);
static_assert(std::is_base_of_v<std::system_error, usbx::error> && std::is_base_of_v<std::runtime_error, usbx::error>);

static void a_status_is_an_error_code()
{
    std::error_code code = usbx::status::timeout;
    CHECK(code && code == usbx::status::timeout && !(code == usbx::status::pipe));
    CHECK(code.category() == usbx::category() && std::string(code.category().name()) == "usbx");
    CHECK(code.message() == usbx_error_text(USBX_ERROR_TIMEOUT));
    CHECK(std::error_code(usbx::status::not_claimed).message() == usbx::error_text(usbx::status::not_claimed));
    CHECK(usbx::error_name(usbx::status::not_claimed) == std::string("USBX_ERROR_NOT_CLAIMED"));
    code = usbx::status::ok;
    CHECK(!code && code == usbx::status::ok);
    CHECK(usbx::make_error_code(USBX_ERROR_BUSY) == usbx::status::busy);
}

static void generic_conditions_know_it()
{
    CHECK(make_error_code(usbx::status::timeout) == std::errc::timed_out);
    CHECK(make_error_code(usbx::status::access) == std::errc::permission_denied);
    CHECK(make_error_code(usbx::status::no_device) == std::errc::no_such_device);
    CHECK(make_error_code(usbx::status::no_mem) == std::errc::not_enough_memory);
    CHECK(make_error_code(usbx::status::cancelled) == std::errc::operation_canceled);
    CHECK(make_error_code(usbx::status::internal) != std::errc::io_error);
}

static void a_success_is_told_too()
{
    std::error_code code = usbx::status::timeout;
    usbx::devices(code);
    IS(code, ok);
    CHECK(std::string(usbx::version()) == usbx_version());
}

static void an_error_has_the_sentence()
{
    const usbx::error error = thrown([] { return usbx::device::open(0x1234, 0x5678); });
    IS(error.code(), not_found);
    CHECK(std::strstr(error.what(), "1234:5678") != nullptr);
    CHECK(std::string(error.what()) == usbx::last_error());
    EQUAL(error.transferred(), 0);
    // It is the sentence of that moment, in copies too.
    const std::string said = error.what();
    const std::error_code later = [] {
        std::error_code code;
        static_cast<void>(usbx::device::open_path("virtual/none", code));
        return code;
    }();
    IS(later, not_found);
    CHECK(said != usbx::last_error() && said == usbx::error(error).what());
    try {
        const usbx::device none = usbx::device::open(0x1234, 0x5678);
        CHECK(none && !none); // not reached
    } catch (const std::system_error &general) {
        CHECK(general.code() == usbx::status::not_found && general.what() == said);
    }
}

static void shutdown_counts_what_was_open()
{
    usbx::virtual_device plugged = usbx::virtual_device::open("acquisition");
    usbx::queue queue = usbx::queue::open();
    EQUAL(usbx::shutdown(), 2);
    IS(thrown([&] { queue.fd(); }).code(), invalid_handle);
    IS(queue.close(), invalid_handle);
    EQUAL(usbx::shutdown(), 0);
}

cases status_cases()
{
    return {{"a status is an error code", a_status_is_an_error_code},
            {"generic conditions know it", generic_conditions_know_it},
            {"a success is told too", a_success_is_told_too},
            {"an error has the sentence", an_error_has_the_sentence},
            {"shutdown counts what was open", shutdown_counts_what_was_open}};
}
