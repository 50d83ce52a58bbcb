! frames: reads 64 frames of an instrument from Fortran 2003, and says how large its sine is.
!
!   gfortran frames.f90 -o frames $(pkg-config --libs usbx)
module usbx
  use, intrinsic :: iso_c_binding
  implicit none

  interface
    function usbx_open(vendor_id, product_id, serial, device) bind(c) result(status)
      import
      integer(c_int16_t), value :: vendor_id, product_id
      type(c_ptr), value :: serial ! c_null_ptr for any
      type(c_ptr) :: device
      integer(c_int32_t) :: status
    end function

    function usbx_claim(device, interface_number) bind(c) result(status)
      import
      type(c_ptr), value :: device
      integer(c_int8_t), value :: interface_number
      integer(c_int32_t) :: status
    end function

    function usbx_control(device, request_type, request, val, ind, data, length, timeout_ms, transferred) &
        bind(c) result(status)
      import
      type(c_ptr), value :: device, data
      integer(c_int8_t), value :: request_type, request
      integer(c_int16_t), value :: val, ind, length
      integer(c_int32_t), value :: timeout_ms
      integer(c_size_t) :: transferred
      integer(c_int32_t) :: status
    end function

    function usbx_bulk_read(device, endpoint, data, length, timeout_ms, transferred) bind(c) result(status)
      import
      type(c_ptr), value :: device, data
      integer(c_int8_t), value :: endpoint
      integer(c_size_t), value :: length
      integer(c_int32_t), value :: timeout_ms
      integer(c_size_t) :: transferred
      integer(c_int32_t) :: status
    end function

    function usbx_close(device) bind(c) result(status)
      import
      type(c_ptr), value :: device
      integer(c_int32_t) :: status
    end function

    function usbx_last_error() bind(c) result(text)
      import
      type(c_ptr) :: text
    end function

    function strlen(text) bind(c) result(length)
      import
      type(c_ptr), value :: text
      integer(c_size_t) :: length
    end function
  end interface

contains

  subroutine check(status, device)
    integer(c_int32_t), intent(in) :: status
    type(c_ptr), intent(in) :: device
    character(kind=c_char), pointer :: text(:)
    integer(c_int32_t) :: closed
    if (status == 0) return
    call c_f_pointer(usbx_last_error(), text, [strlen(usbx_last_error())])
    print '(*(a))', text
    closed = usbx_close(device)
    stop 1
  end subroutine
end module

program frames
  use usbx
  implicit none
  type, bind(c) :: frame ! 512 bytes, as docs/acquisition.md has them; this computer is little-endian as they are
    character(kind=c_char) :: head(12)
    integer(c_int16_t) :: samples(4, 62)
    integer(c_int32_t) :: crc
  end type
  type(frame), target :: record(64)
  type(c_ptr) :: device = c_null_ptr
  integer(c_size_t) :: count
  integer :: i

  call check(usbx_open(int(z'1209', c_int16_t), 1_c_int16_t, c_null_ptr, device), device)
  call check(usbx_claim(device, 0_c_int8_t), device)
  call check(usbx_control(device, 64_c_int8_t, 1_c_int8_t, 0_c_int16_t, 0_c_int16_t, c_null_ptr, 0_c_int16_t, &
    1000_c_int32_t, count), device) ! start
  call check(usbx_bulk_read(device, -127_c_int8_t, c_loc(record), c_sizeof(record), 5000_c_int32_t, count), device)
  print '(i0, a)', count / 512, ' frames'
  print '(a, i0, a, i0)', 'the sine goes from ', minval([(minval(record(i)%samples(1, :)), i = 1, 64)]), ' to ', &
    maxval([(maxval(record(i)%samples(1, :)), i = 1, 64)])
  call check(usbx_close(device), c_null_ptr)
end program
