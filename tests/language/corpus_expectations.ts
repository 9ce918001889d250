/** A person's reading of each corpus program: playbooks, triggers, steps by number and first word, problems. */
export const expectations: Readonly<Record<string, string>> = {
  "02-personalized-greeting.pb": `
CustomerSupportAgent
  GreetTheUser()
    T1 begin At the beginning
    01 Tell · 02 Ask · 03 Say · 04 Welcome · 05 End
`,
  "04-md-python-md.pb": `
DynamicReportFormatter
  FormatSummary($report_data)
    01 Generate · 02 return
  Main()
    T1 begin At the beginning
    01 generate_report_summary() · 02 End
! 04-md-python-md.pb:4:1 A python block
`,
  "06-triggers.pb": `
ExampleProgram
  Main()
    T1 begin At the beginning
    01 Ask · 02 Ask · 03 $x · 04 Load · 05 $x · 06 Tell · 07 Exit
  LoadAccount($email, $pin)
    01 Return
  Validation2()
    T1 event When user provides an
    01 While · 01.01 Tell · 01.02 If · 01.02.01 Apologize · 02 Return
  TooBig()
    T1 condition When $x > 15
    01 Tell
! 06-triggers.pb:3:1 A python block
`,
  "07-execution-modes.pb": `
MathSolver
  Main()
    T1 begin At the beginning
    01 Ask · 02 Use · 03 Give · 04 Get · 05 Tell · 06 End
  Solver($problem) [react]
  Joke() [raw]
! 07-execution-modes.pb:3:1 A python block
`,
  "10-configs.pb": `
Accountant
  PrepareTaxReturn()
    01 Gather · 02 Prepare · 03 Submit
Paralegal
! 10-configs.pb:1:3 No playbook says
`,
  "12-menu-design-meeting.pb": `
RestaurantConsultant
  Main()
    T1 begin When program starts
    01 Welcome
  RedesignMenu()
    T1 event When user asks to
    01 Tell · 02 Ask · 03 Have · 04 If · 04.01 present · 05 Otherwise · 05.01 apologize · 06 End
  MenuRedesignMeeting() [meeting]
    01 Introduce · 02 Explain · 03 While · 04 If · 04.01 Summarize · 04.02 Thank · 04.03 End · 04.04 Return · 05 Otherwise · 05.01 Return
    1 notes
HeadChef
  MenuRedesignMeeting() [meeting]
    01 Introduce · 02 While · 02.01 When · 02.01.01 Consider · 02.01.02 Propose · 02.01.03 For · 02.01.03.01 Key · 02.01.03.02 Prep · 02.01.03.03 Required · 02.02 When · 02.02.01 Evaluate · 02.02.02 If · 02.02.02.01 Propose · 02.02.02.02 Estimate · 02.02.03 Otherwise · 02.02.03.01 Explain · 02.02.03.02 Suggest · 02.03 When · 02.03.01 Calculate · 02.03.02 Recommend · 02.03.03 Flag · 02.04 When · 02.04.01 Suggest · 02.04.02 Propose
    1 notes
MarketingSpecialist
  MenuRedesignMeeting() [meeting]
    01 Introduce · 02 Present · 02.01 Top · 02.02 Competitor · 02.03 Customer · 02.04 Price · 03 While · 03.01 When · 03.01.01 Evaluate · 03.01.02 Suggest · 03.01.03 Recommend · 03.01.04 Flag · 03.02 When · 03.02.01 Propose · 03.02.02 Suggest · 03.02.03 Recommend · 03.03 When · 03.03.01 Share · 03.03.02 Propose · 03.03.03 Suggest · 03.04 When · 03.04.01 Provide · 03.04.02 Recommend · 03.04.03 Suggest
    1 notes
`,
  "13-description-injection.pb": `
TestAgent
  TestPlaybook() [raw]
  Test2Playbook()
    01 Remember
  Main()
    T1 begin When program starts
    01 Run · 02 Run · 03 End
  Joke()
    01 Return
`,
  "16-variables.pb": `
Variables
  Main()
    T1 begin At the beginning
    01 $name · 02 age · 03 x · 04 y · 05 region · 06 country · 07 say · 08 End
  A(userage, z)
    01 set · 02 say · 03 say · 04 say · 05 say · 06 say · 07 ask · 08 say · 09 return
`,
  "adaptive-waiting.pb": `
PatientAgent
  WaitForColleague()
    T1 begin At the beginning
    01 Tell · 02 Create · 03 Ask · 04 Wait · 05 Tell · 06 End
    1 notes
SlowColleague
  Answer($question) [public]
    01 Wait · 02 Return
`,
  "chat.pb": `
FriendlyChatAgent
  Main()
    T1 begin When the agent starts
    01 Introduce · 02 Ask · 03 As · 03.01 Think · 03.02 Say · 03.03 Wait · 04 Say · 05 End
`,
  "command-line-utilities_hello": `
GreetingGenerator
  Main($name)
    T1 begin At the beginning
    01 Generate · 02 If · 03 Say(user, · 04 End
`,
  "hello-world_hello-world.pb": `
HelloWorld
  HelloWorldDemo()
    T1 begin At the beginning
    01 Greet · 02 Tell · 03 Say · 04 End
`,
  "hello-world_hello-world.pbasm": `
HelloWorld
  HelloWorldDemo() [public]
    T1 begin At the beginning
    01:QUE Say(user, · 02:QUE Say(user, · 03:QUE Say(user, · 04:YLD for
`,
  "import_test/main.pb": `
TestAgentWithImports
  Configuration()
    01 Model: · 02 Temperature: · 03 Max
  MainWorkflow()
    T1 begin At the beginning of
    01 Say · 02 Validate · 03 Process · 03.01 Apply · 03.02 Check · 04 Generate · 05 Say · 06 End
`,
  "meeting-shared-state.pb": `
Host
  Main()
    T1 begin When program starts
    01 Create · 02 Have · 03 End
  Meeting() [meeting]
    01 Save · 02 Ask · 03 Wait · 04 Check · 05 If · 05.01 say · 06 Otherwise · 06.01 say
Participant
  Meeting() [meeting]
    T1 event When invited to a
    01 Wait · 02 Read · 03 Say · 04 Wait · 05 Say
`,
  "multi-agent.pbasm": `
FirstAgent
  X($num: int = 10)
    T1 begin When program starts
    01:QUE Get · 02:YLD call · 03:QUE Say(Tell · 04:YLD call · 05:QUE $population:float · 06:YLD call · 07:RET "{$num}
CountryInfo
  LocalPB()
    01:QUE Say(Say · 02:YLD call
  GetCountryPopulation($country: str) [public]
    01:QUE $length:int · 02:YLD call · 03:QUE $population:float · 04:YLD call · 05:RET $population
  GetCountrySecret($country: str) [public]
    T1 condition When you need to
    01:RET Return
  Main()
    T1 begin At the beginning
    01:QUE $answer:float · 02:YLD call · 03:QUE Say(Tell · 04:YLD call · 05:YLD exit
! multi-agent.pbasm:4:1 A python block
! multi-agent.pbasm:44:1 A python block
`,
  "nativity.pb": `
Narrator
  Main()
    T1 begin When the program starts
    01 Welcome · 02 Tell · 03 Have · 04 After · 05 Wait · 06 Ask · 07 Receive · 08 End
  NativityMeeting() [meeting]
    01 Set · 02 Invite · 03 While · 03.01 Facilitate · 03.02 When · 03.03 Keep · 03.04 After · 04 Return
Mary
  NativityMeeting() [meeting]
    01 Wait · 02 When · 03 While · 03.01 When · 03.01.01 Receive · 03.01.02 Reflect · 03.02 When · 03.02.01 Let · 03.03 When · 03.03.01 Offer · 03.03.02 Invite
Joseph
  NativityMeeting() [meeting]
    01 Stand · 02 When · 03 While · 03.01 When · 03.01.01 Add · 03.02 When · 03.02.01 Nod · 03.03 When · 03.03.01 Step · 03.04 When · 03.04.01 Thank
MagiGaspar
  NativityMeeting() [meeting]
    01 Enter · 02 When · 03 While · 03.01 When · 03.01.01 Rise · 03.01.02 Present · 03.01.03 Kneel · 03.02 When · 03.02.01 Observe · 03.03 When · 03.03.01 Express
MagiMelchior
  NativityMeeting() [meeting]
    01 Enter · 02 When · 03 While · 03.01 When · 03.01.01 Rise · 03.01.02 Present · 03.01.03 Let · 03.01.04 Bow · 03.02 When · 03.02.01 Murmur · 03.03 When · 03.03.01 Speak
MagiBalthasar
  NativityMeeting() [meeting]
    01 Enter · 02 When · 03 While · 03.01 When · 03.01.01 Rise · 03.01.02 Present · 03.01.03 Pause, · 03.01.04 Kneel · 03.02 When · 03.02.01 Offer · 03.03 When · 03.03.01 Speak
`,
  "negotiation.pb": `
Seller
  Main()
    T1 begin When the program starts
    01 Create · 02 Make · 03 Thank · 04 Create · 05 Wait · 06 If · 07 End
Buyer
  Haggle()
    01 Negotiate · 02 Thank
Boss
`,
  "order-status.pb": `
Agent
  Begin()
    T1 begin When the agent starts
    01 Welcome
  CheckOrderStatusMain()
    T1 event When the user asks
    01 If · 02 If · 02.01 CheckOrderStatusFlow($authToken)
  CheckOrderStatusFlow($authToken)
    T1 condition When the user is
    01 Ask · 02 $orderStatus · 03 Extract · 04 Say("Your
    2 notes
  AuthenticateUserFlow()
    T1 condition When the user is
    01 Ask · 02 $authToken · 03 If · 04 If · 04.01 Ask · 04.02 $authToken · 04.03 If · 04.03.01 Say(Apologize · 04.03.02 return · 05 return
    1 notes
  DoNotKeepAskingForSameDataMoreThan3Times()
    T1 event Step in the flow
    01 Ask · 02 If
  HandoffPlaybook()
    T1 condition When the user wants
    T2 condition When no suitable playbook
    01 Apologize · 02 If · 02.01 Ask · 03 If · 03.01 Handoff() · 03.02 End · 04 If · 04.01 Check · 05 Else · 05.01 Apologize · 05.02 Ask
  ValidatePin()
    T1 event As soon as user
    01 $pin · 02 If · 02.01 ask · 02.02 check
! order-status.pb:4:1 A python block
`,
  "storyteller.pb": `
StoryTeller
  Main()
    T1 begin When programs starts
    01 Introduce · 02 Ask · 03 Call · 04 Tell · 05 Think · 06 Tell · 07 End
CharacterCreator
  CreateNewCharacter()
    01 Think · 02 Return
`,
  "tax.pb": `
HostAgent
  Main()
    T1 begin When program starts
    01 Ask · 02 Ask · 03 Calculate · 04 Tell · 05 End
TaxAccountantAgent
  GetTaxRate($gross_income) [public]
    01 If · 01.01 return · 02 Otherwise · 02.01 return
  TaxStrategyMeeting() [meeting]
    01 When · 01.01 Talk
! tax.pb:13:1 A python block
`,
  "tutorials_03.01_order_assistant.pb": `
OrderSupportAgent
  Main()
    T1 begin At the beginning
    01 Greet · 02 Ask · 03 Validate · 04 Thank · 05 End
  ValidateOrderId()
    01 If · 01.01 Return · 02 otherwise · 02.01 Return
`,
  "two-player-game.pb": `
Host
  Main()
    T1 begin When program starts
    01 Welcome · 02 Ask · 03 Tell · 04 Create · 05 Join · 06 Conclude · 07 End
  GameRoom() [meeting]
    01 Initialize · 02 Welcome · 03 Announce · 04 Tell · 05 In · 06 Show · 07 Set · 08 Announce · 09 While · 09.01 Check · 09.01.01 set · 09.01.02 Ask · 09.01.03 If · 09.01.03.01 wait · 09.01.04 set · 09.02 Check · 09.02.01 announce · 09.03 Wait · 10 Thank
    4 notes
Player
  GamePlayingMeeting() [meeting]
    01 Wait · 02 Understand · 03 Say · 04 Wait · 05 While · 05.01 Observe · 05.02 If · 05.02.01 Keep · 05.03 decide · 05.04 update · 05.05 increment · 05.06 update · 05.07 send · 06 Graciousy
    4 notes
`,
  "variables.pb": `
Variables
  Main()
    T1 begin When program starts
    01 $name · 02 John's · 03 $address · 04 Tell · 05 End
  GetAddress()
    01 Return
`,
};
