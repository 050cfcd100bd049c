; MixGUI's setup for Windows: for one user, without administrator. Compiled by windows_packages.py, which defines
; VERSION, VERSION4, SOURCE, ICON, OUTPUT, SIZE_KB, LICENCE and, for trying out, FAST.
; Silent: setup.exe /S [/D=C:\folder]      Uninstaller.exe /S
; Exit codes: 0 done, 1 cancelled by the user, 2 refused (the program runs, or the folder holds other things).
Unicode true
Target amd64-unicode
!include "MUI2.nsh"
!include "FileFunc.nsh"
!include "LogicLib.nsh"

!define KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\MixGUI"
!define CLASS "MixGUI.Project"
; The program holds a mutex of this name as long as it runs.
!define MUTEX "Local\MixGUI-running"

Name "MixGUI"
OutFile "${OUTPUT}"
InstallDir "$LOCALAPPDATA\Programs\MixGUI"
InstallDirRegKey HKCU "Software\MixGUI" "InstallFolder"
RequestExecutionLevel user
ManifestDPIAware true
BrandingText "MixGUI ${VERSION}"
!ifdef FAST
  SetCompress off
!else
  SetCompressor /SOLID lzma
  SetCompressorDictSize 64
!endif

VIProductVersion "${VERSION4}"
VIAddVersionKey "ProductName" "MixGUI"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "FileDescription" "MixGUI setup"
VIAddVersionKey "CompanyName" "The MixGUI developers"
VIAddVersionKey "LegalCopyright" "BSD-3-Clause"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_ABORTWARNING
!define MUI_FINISHPAGE_RUN "$INSTDIR\MixGUI.exe"
!insertmacro MUI_PAGE_LICENSE "${LICENCE}"
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

; Ask whether the program runs, by its mutex; refuse with a sentence, silently with exit code 2.
!macro REFUSE_WHILE_RUNNING WHAT
  again_${WHAT}:
  System::Call 'kernel32::OpenMutexW(i 0x00100000, i 0, w "${MUTEX}") p .r0'
  ${If} $0 P<> 0
    System::Call 'kernel32::CloseHandle(p r0)'
    IfSilent refuse_${WHAT}
    MessageBox MB_RETRYCANCEL|MB_ICONINFORMATION \
      "MixGUI is running. Please save your work and close it, then choose Retry." IDRETRY again_${WHAT}
    refuse_${WHAT}:
    SetErrorLevel 2
    Quit
  ${EndIf}
!macroend

!define SHCNE_ASSOCCHANGED 0x08000000
!macro TELL_EXPLORER
  System::Call 'shell32::SHChangeNotify(i ${SHCNE_ASSOCCHANGED}, i 0, p 0, p 0)'
!macroend

Function .onInit
  !insertmacro REFUSE_WHILE_RUNNING install
FunctionEnd

Function un.onInit
  !insertmacro REFUSE_WHILE_RUNNING uninstall
FunctionEnd

; Only what a setup of MixGUI has put there may be removed: an earlier version's libraries are one folder.
!macro REMOVE_PROGRAM
  RMDir /r "$INSTDIR\_internal"
  Delete "$INSTDIR\MixGUI.exe"
!macroend

Section "MixGUI"
  SetShellVarContext current
  ; A folder with a foreign _internal is not ours to empty.
  ${If} ${FileExists} "$INSTDIR\_internal\*.*"
  ${AndIfNot} ${FileExists} "$INSTDIR\Uninstall.exe"
    IfSilent +2
    MessageBox MB_OK|MB_ICONSTOP "The folder $INSTDIR holds another program. Please choose another one."
    SetErrorLevel 2
    Quit
  ${EndIf}
  !insertmacro REMOVE_PROGRAM
  SetOutPath "$INSTDIR"
  File /r "${SOURCE}\*.*"
  WriteUninstaller "$INSTDIR\Uninstall.exe"
  CreateShortcut "$SMPROGRAMS\MixGUI.lnk" "$INSTDIR\MixGUI.exe" "" "$INSTDIR\MixGUI.exe" 0

  WriteRegStr HKCU "Software\MixGUI" "InstallFolder" "$INSTDIR"
  WriteRegStr HKCU "Software\Classes\.mixgui" "" "${CLASS}"
  WriteRegStr HKCU "Software\Classes\.mixgui" "Content Type" "application/x-mixgui"
  WriteRegStr HKCU "Software\Classes\.mixgui\OpenWithProgids" "${CLASS}" ""
  WriteRegStr HKCU "Software\Classes\${CLASS}" "" "MixGUI project"
  WriteRegStr HKCU "Software\Classes\${CLASS}\DefaultIcon" "" "$INSTDIR\MixGUI.exe,0"
  WriteRegStr HKCU "Software\Classes\${CLASS}\shell\open\command" "" '"$INSTDIR\MixGUI.exe" "%1"'
  ; "Open with" offers the program for tables, too, without taking them from Excel.
  WriteRegStr HKCU "Software\Classes\Applications\MixGUI.exe\shell\open\command" "" '"$INSTDIR\MixGUI.exe" "%1"'
  WriteRegStr HKCU "Software\Classes\Applications\MixGUI.exe\SupportedTypes" ".mixgui" ""
  WriteRegStr HKCU "Software\Classes\Applications\MixGUI.exe\SupportedTypes" ".csv" ""
  WriteRegStr HKCU "Software\Classes\Applications\MixGUI.exe\SupportedTypes" ".tsv" ""

  WriteRegStr HKCU "${KEY}" "DisplayName" "MixGUI"
  WriteRegStr HKCU "${KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${KEY}" "DisplayIcon" "$INSTDIR\MixGUI.exe,0"
  WriteRegStr HKCU "${KEY}" "Publisher" "The MixGUI developers"
  WriteRegStr HKCU "${KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${KEY}" "UninstallString" '"$INSTDIR\Uninstall.exe"'
  WriteRegStr HKCU "${KEY}" "QuietUninstallString" '"$INSTDIR\Uninstall.exe" /S'
  WriteRegDWORD HKCU "${KEY}" "EstimatedSize" ${SIZE_KB}
  WriteRegDWORD HKCU "${KEY}" "NoModify" 1
  WriteRegDWORD HKCU "${KEY}" "NoRepair" 1
  !insertmacro TELL_EXPLORER
SectionEnd

; Settings, projects and anything else that the user has put into the folder stay.
Section "Uninstall"
  SetShellVarContext current
  !insertmacro REMOVE_PROGRAM
  Delete "$INSTDIR\Uninstall.exe"
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\MixGUI.lnk"
  DeleteRegKey HKCU "${KEY}"
  DeleteRegKey HKCU "Software\Classes\${CLASS}"
  DeleteRegKey HKCU "Software\Classes\Applications\MixGUI.exe"
  DeleteRegValue HKCU "Software\Classes\.mixgui\OpenWithProgids" "${CLASS}"
  ReadRegStr $0 HKCU "Software\Classes\.mixgui" ""
  ${If} $0 == "${CLASS}"
    DeleteRegKey HKCU "Software\Classes\.mixgui"
  ${EndIf}
  DeleteRegValue HKCU "Software\MixGUI" "InstallFolder"
  DeleteRegKey /ifempty HKCU "Software\MixGUI"
  !insertmacro TELL_EXPLORER
SectionEnd
