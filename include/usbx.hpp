/** @file
 * usbx for C++17 and later: all of usbx.h in C++ form, header-only.  SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * usbx.h describes what each call does, its units and its errors, under the same name. The comments here describe what C++
 * adds.
 *
 * **Errors.** Each operation has two forms. The form without a last parameter `std::error_code &code` throws usbx::error,
 * which holds the status, the library's sentence, and the number of bytes that moved before. The form with `code` does not
 * throw when a call of the library fails; it sets `code`, on success too, and returns what moved. With -fno-exceptions only
 * this form exists. Compare the code with usbx::status: `if (code == usbx::status::timeout)`.
 *
 * **Waits.** `next`, `wait`, `read` of a stream and `space` return nothing if the time limit passes. That is not an error:
 * the throwing form does not throw then, and the other form sets `code` to usbx::status::timeout.
 *
 * **Owners.** device, queue, stream, watch, virtual_device, capture and share own what they opened and close it in their destructor. They can
 * be moved but not copied. An owner that is closed, moved from or not opened fails with status::invalid_handle.
 *
 * **Threads.** As in usbx.h, any thread may call the operations of one owner, including close(). Moving, swapping or
 * destroying an owner that another thread uses needs the same care as with any C++ object.
 */
#ifndef USBX_HPP
#define USBX_HPP

#include <usbx/buffer.hpp>
#include <usbx/bytes.hpp>
#include <usbx/capture.hpp>
#include <usbx/descriptor.hpp>
#include <usbx/device.hpp>
#include <usbx/devices.hpp>
#include <usbx/library.hpp>
#include <usbx/model.hpp>
#include <usbx/queue.hpp>
#include <usbx/remote.hpp>
#include <usbx/share.hpp>
#include <usbx/status.hpp>
#include <usbx/stream.hpp>
#include <usbx/timeout.hpp>
#include <usbx/virtual_device.hpp>
#include <usbx/watch.hpp>

/** The library in C++. */
namespace usbx {}

#endif
