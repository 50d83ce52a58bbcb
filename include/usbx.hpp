/** @file
 * usbx for C++17 and later: the whole of usbx.h in C++ forms, headers only.  SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * What a call does, its units and its errors are said in usbx.h, under the same name; here is what C++ adds.
 *
 * **Errors.** Each operation has two forms. The one without a last parameter `std::error_code &code` throws usbx::error,
 * which holds the status, the library's sentence and the bytes that moved until then. The one with it never throws on
 * account of the library, sets `code` on success too, and returns what moved; it is all there is under -fno-exceptions.
 * Compare with usbx::status: `if (code == usbx::status::timeout)`.
 *
 * **Waits.** `next`, `wait`, `read` of a stream and `space` come back empty when the time is up. That is no error: the
 * form that throws does not throw then, the other one says usbx::status::timeout.
 *
 * **Owners.** device, queue, stream, watch and virtual_device own what they opened, can be moved and not copied, and close
 * it in their destructor. What is closed, moved from or not opened answers with status::invalid_handle.
 *
 * **Threads.** As in usbx.h: any thread may call the operations of one owner, close() among them. Moving, swapping and
 * destroying an owner that another thread uses needs the care that any C++ object does.
 */
#ifndef USBX_HPP
#define USBX_HPP

#include <usbx/bytes.hpp>
#include <usbx/device.hpp>
#include <usbx/devices.hpp>
#include <usbx/library.hpp>
#include <usbx/queue.hpp>
#include <usbx/status.hpp>
#include <usbx/stream.hpp>
#include <usbx/timeout.hpp>
#include <usbx/virtual_device.hpp>
#include <usbx/watch.hpp>

/** The library in C++. */
namespace usbx {}

#endif
