# CMake functions that build C++ dictionaries and put them into Python packages.
#
#   find_package(Python REQUIRED COMPONENTS Interpreter)
#   execute_process(COMMAND ${Python_EXECUTABLE} -m cppbind cmake-dir
#                   OUTPUT_VARIABLE CppBind_DIR OUTPUT_STRIP_TRAILING_WHITESPACE)
#   find_package(CppBind REQUIRED)
#
# Neighbour: cppbind/cli.py, the command line that these run.

if(NOT Python_EXECUTABLE)
  find_package(Python REQUIRED COMPONENTS Interpreter)
endif()

# cppbind_add_dictionary(NAME HEADERS a.h ... [SELECTION file] [LIBRARIES target-or-name ...] [INCLUDE_DIRECTORIES dir ...]
#                        [DEFINITIONS NAME=VALUE ...] [STANDARD c++17] [OPTIONS ...] [DEPENDS file ...])
#
# A target NAME that builds libNAME.so and libNAME.rootmap in the current binary folder.  LIBRARIES define what the headers
# declare: targets of this project, whose include folders and definitions are used, or names for -l.  OPTIONS are passed on
# to `python -m cppbind build`.  The target property CPPBIND_LIBRARY is the library's path.
function(cppbind_add_dictionary name)
  cmake_parse_arguments(arg "" "SELECTION;STANDARD" "HEADERS;LIBRARIES;INCLUDE_DIRECTORIES;DEFINITIONS;OPTIONS;DEPENDS" ${ARGN})
  if(NOT arg_HEADERS)
    message(FATAL_ERROR "cppbind_add_dictionary(${name}): HEADERS are needed")
  endif()
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "cppbind_add_dictionary(${name}): unknown arguments: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  set(library "${CMAKE_CURRENT_BINARY_DIR}/lib${name}${CMAKE_SHARED_LIBRARY_SUFFIX}")
  set(map "${CMAKE_CURRENT_BINARY_DIR}/lib${name}.rootmap")
  set(command ${Python_EXECUTABLE} -m cppbind build ${arg_HEADERS} -o ${library})
  set(depends ${arg_DEPENDS})
  foreach(header ${arg_HEADERS})
    if(EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${header}")
      list(APPEND depends "${CMAKE_CURRENT_SOURCE_DIR}/${header}")
    endif()
  endforeach()
  if(arg_SELECTION)
    get_filename_component(selection "${arg_SELECTION}" ABSOLUTE)
    list(APPEND command -s ${selection})
    list(APPEND depends ${selection})
  endif()
  foreach(folder ${arg_INCLUDE_DIRECTORIES} ${CMAKE_CURRENT_SOURCE_DIR})
    list(APPEND command -I${folder})
  endforeach()
  foreach(definition ${arg_DEFINITIONS})
    list(APPEND command -D${definition})
  endforeach()
  foreach(used ${arg_LIBRARIES})
    if(TARGET ${used})
      list(APPEND command
           "$<$<BOOL:$<TARGET_PROPERTY:${used},INTERFACE_INCLUDE_DIRECTORIES>>:-I$<JOIN:$<TARGET_PROPERTY:${used},INTERFACE_INCLUDE_DIRECTORIES>,$<SEMICOLON>-I>>"
           "$<$<BOOL:$<TARGET_PROPERTY:${used},INTERFACE_COMPILE_DEFINITIONS>>:-D$<JOIN:$<TARGET_PROPERTY:${used},INTERFACE_COMPILE_DEFINITIONS>,$<SEMICOLON>-D>>")
      get_target_property(type ${used} TYPE)
      if(NOT type STREQUAL "INTERFACE_LIBRARY")
        # Found beside the dictionary where both are installed, else where it was built.
        list(APPEND command "-L$<TARGET_LINKER_FILE_DIR:${used}>" "-l$<TARGET_LINKER_FILE_BASE_NAME:${used}>"
             "--cxxflag=-Wl,-rpath,$ORIGIN" "--cxxflag=-Wl,-rpath,$<TARGET_FILE_DIR:${used}>")
      endif()
      list(APPEND depends ${used})
    else()
      list(APPEND command -l${used})
    endif()
  endforeach()
  if(arg_STANDARD)
    list(APPEND command --std ${arg_STANDARD})
  endif()
  add_custom_command(
    OUTPUT ${library} ${map} COMMAND ${CMAKE_COMMAND} -E env "CXX=${CMAKE_CXX_COMPILER}" ${command} ${arg_OPTIONS}
    DEPENDS ${depends} WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} COMMENT "Building the dictionary lib${name}"
    COMMAND_EXPAND_LISTS VERBATIM)
  add_custom_target(${name} ALL DEPENDS ${library} ${map})
  set_target_properties(${name} PROPERTIES CPPBIND_LIBRARY "${library}" CPPBIND_MAP "${map}")
endfunction()

# cppbind_install_package(PACKAGE DICTIONARIES name ... [NAMESPACE ns::inner])
#
# Installs the dictionaries into the folder PACKAGE, with an __init__.py that loads them and offers what they have, or what
# is in the namespace.  With scikit-build-core that folder is a package of the wheel.
function(cppbind_install_package package)
  cmake_parse_arguments(arg "" "NAMESPACE" "DICTIONARIES" ${ARGN})
  if(NOT arg_DICTIONARIES)
    message(FATAL_ERROR "cppbind_install_package(${package}): DICTIONARIES are needed")
  endif()
  set(names "")
  foreach(dictionary ${arg_DICTIONARIES})
    get_target_property(library ${dictionary} CPPBIND_LIBRARY)
    get_target_property(map ${dictionary} CPPBIND_MAP)
    if(NOT library)
      message(FATAL_ERROR "cppbind_install_package(${package}): ${dictionary} is no dictionary")
    endif()
    install(PROGRAMS ${library} DESTINATION ${package})
    install(FILES ${map} DESTINATION ${package})
    get_filename_component(file ${library} NAME)
    string(APPEND names "\"${file}\", ")
  endforeach()
  string(REPLACE "::" "." space "${arg_NAMESPACE}")
  file(WRITE "${CMAKE_CURRENT_BINARY_DIR}/${package}_init/__init__.py"
"\"\"\"C++ classes, from the dictionaries beside this file.\"\"\"

import functools
import os

import cppbind

for _name in (${names}):
    cppbind.load_reflection_info(os.path.join(os.path.dirname(os.path.abspath(__file__)), _name))
_space = functools.reduce(getattr, filter(None, \"${space}\".split(\".\")), cppbind.gbl)


def __getattr__(name):
    return getattr(_space, name)


def __dir__():
    return sorted(set(globals()) | set(dir(_space)))
")
  install(FILES "${CMAKE_CURRENT_BINARY_DIR}/${package}_init/__init__.py" DESTINATION ${package})
endfunction()
