#!/usr/bin/env python3
"""rename.py ROOT: renames by the glossary. Deterministic; run on a clean tree."""
import os, re, sys, subprocess
root = sys.argv[1]
os.chdir(root)
files = subprocess.check_output(['git', 'ls-files'], text=True).split('\n')[:-1]

# ---- exact identifiers, everywhere -------------------------------------------------
EXACT = {
 # transport
 'Outlet':'Producer','outlet':'producer','outlets':'producers','Inlet':'Subscription','inlet':'subscription','inlets':'subscriptions','ToInlet':'ToSubscription','ToIntake':'ToConsumer',
 'Intake':'Consumer','Intakes':'Consumers','intake':'consumer','intakes':'consumers','Postmark':'DeliveryProperties','postmark':'properties','Mailroom':'QueueRegistration','mailrooms':'registrations',
 'TaskStamp':'TaskToken','Stamp':'TaskToken','stamp':'taskToken','stamps':'taskTokens','ReadStamp':'ReadTaskToken','NewerParcelException':'NewerEnvelopeException','IParcelWay':'IEnvelopeWay',
 'NoteKind':'TaskReplyKind','NoteMessage':'TaskReplyMessage','RelayMessage':'RoutedMessage','RelayedMail':'RoutedRequest','RelayedStart':'RoutedStart','RelayedRequest':'RoutedInput',
 'RelayedMessage':'RoutedRunMessage','RelayedNews':'RoutedLockUpdate','ToRelayed':'ToRouted','AnswerMessage':'ResponseMessage',
 # runs
 'Mail':'RunRequest','StartMail':'StartRunRequest','RequestMail':'InputRequest','ResultMail':'TaskResultRequest','FactMail':'FactRequest','TimerMail':'TimerRequest','LockMail':'LockUpdateRequest',
 'RunMail':'RunMessageRequest','HoldMail':'HoldRequest','RedispatchMail':'RedispatchRequest','EngineMail':'EngineReplies','LockNews':'LockUpdate','StoreForgetsLockNews':'StoreForgetsLockUpdates',
 'News_of_an_earlier_grant_or_loss_changes_nothing':'An_update_of_an_earlier_grant_or_loss_changes_nothing',
 # membership
 'ClusterMap':'MembershipTracker','EngineNode':'EngineServer','BuryAsync':'EvictAsync','ExpelAsync':'EvictAsync','Bury':'EvictSilent','Expel':'EvictOne','LogBuried':'LogEvicted','LogExpelled':'LogEvictedElsewhere','LogNotBuried':'LogNotEvicted',
 'BeatAsync':'HeartbeatAsync','BeatOnceAsync':'HeartbeatOnceAsync','BeatInterval':'HeartbeatInterval','beat':'heartbeat','beats':'heartbeats','lastBeat':'lastHeartbeat','beatsInTime':'heartbeatsInTime','beating':'heartbeatLoop','BeatsBeforeJudging':'HeartbeatsBeforeEviction',
 'Silence':'FailureTimeout','silence':'failureTimeout','longestSilence':'longestFailureTimeout','MemorySilence':'MemoryFailureTimeout','SweepInterval':'RecoveryScanInterval','Retreat':'Drain',
 # store
 'StoreTrouble':'StoreUnavailable','BrokerTrouble':'BrokerUnavailable','Trouble':'Unavailable','trouble':'unavailable','WhenTroubleAsync':'WhenUnavailableAsync','LogTrouble':'LogUnavailable','BrokerTroubleTests':'BrokerUnavailableTests',
 'Outage':'StoreHealth','outage':'health','OutageTests':'StoreHealthTests','ConnectPatience':'ConnectTimeout','SendPatience':'SendTimeout','ThrottlePatience':'ThrottleTimeout','StopPatience':'StopTimeout','patienceOfProbe':'probeTimeout','patienceEnds':'timeoutEnds','patienceInTrouble':'timeoutWhileUnavailable','Patience':'WaitLimit','patience':'waitLimit',
 'What_fails_is_trouble_since_the_first_until_something_is_answered':'A_failure_makes_the_store_unavailable_until_something_is_answered',
 # audit
 'AddDeedAsync':'AddAuditEventAsync','DeedsAsync':'AuditEventsAsync','ReadDeedsAsync':'ReadAuditEventsAsync','EmergencyDeedJson':'EmergencyAuditJson','DeedFold':'AuditProjection','PostgresDeeds':'PostgresAuditEvents','JournalDeeds':'JournalAuditEvents',
 'DeedWrite':'AuditEventWrite','Act':'AuditEntry',
 # environment
 'PromotionNight':'PromotionEnvironment','NightOrigin':'EnvironmentOrigin','NightClock':'EnvironmentClock','NightAnchor':'ClockAnchor','NightTimer':'ClockTimer','NightFile':'EnvironmentFile','NightJson':'EnvironmentJson','NightKeeper':'EnvironmentKeeper','NightOpener':'EnvironmentOpener','NightRequest':'EnvironmentSettings','NightPath':'EnvironmentPath','NightReportPage':'RunReportPrinter',
 'ReadNight':'ReadEnvironment','WriteNight':'WriteEnvironment','DeleteNight':'DeleteEnvironment','TouchNight':'TouchEnvironment','NightTouched':'EnvironmentTouched','NightSeconds':'EnvironmentSeconds','NightAt':'EnvironmentAt','TestNight':'TestEnvironment','SharedNight':'SharedEnvironment','OnTheNight':'OnTheEnvironment','nightClock':'environmentClock','_night':'_environment',
 'ShortestPollOnTheWall':'ShortestSystemPoll','OnTheWall':'OnTheSystemClock','WallSeconds':'SystemSeconds',
 # catalog
 'RunbookShelf':'RunbookCatalog','OnShelf':'InCatalog','onShelf':'inCatalog','ShelfTriggers':'CatalogTriggers','Publications':'PublishedVersions','Publication':'PublishedVersion','PublicationJson':'PublishedVersionJson','PublicationBody':'PublishedVersionRecord',
 # policy and admin
 'Rulings':'SchedulePolicies','rulings':'policies','RulingsAsync':'PoliciesAsync','FireRulings':'FirePolicies','Rulings_on_schedules_are_acts_too':'Policies_of_schedules_are_audit_events_too',
 'ScheduleDesk':'ScheduleAdmin','BusDesk':'BusAdmin',
 # projections
 'WorkBoard':'OpenWork','ProgressBoard':'ProgressTable','FleetBook':'FleetProjection','FleetStanding':'FleetFacts','StepLook':'StepStyle','RecordedFact':'JournaledFact','RecordedApproval':'JournaledApproval','RecordedDecision':'JournaledDecision','RecordedInspection':'JournaledInspection',
 # text
 'ProblemCodes':'DiagnosticCodes','ProblemList':'DiagnosticList','ProblemLine':'DiagnosticResponse','ProblemBody':'ProblemResponse','ProblemAnswers':'ProblemResponses','PostgresProblem':'PostgresFault','SqliteProblem':'SqliteFault','MostProblems':'MostDiagnostics','AssertProblem':'AssertDiagnostic','ProblemsOf':'DiagnosticsOf','NameProblem':'NameDiagnostic',
 'Mend':'Fix','mend':'fix','mends':'fixes','mended':'fixed','MendAnswer':'FixResponse','MendOf':'FixOf','LogMended':'LogFixed','Mended':'Fixed',
 # emergency
 'EmergencyHandle':'EmergencyTrigger','EmergencyPulled':'EmergencyTriggered','UseEmergencyHandle':'TriggerEmergency','PulledAnswer':'TriggeredResponse','Pulled':'Triggered','pulled':'triggered','PullAsync':'TriggerAsync','MayPull':'MayTrigger','PulledKind':'TriggeredKind','Pulls':'Triggers','Pull':'Trigger',
 # printers
 'PlanPage':'PlanPrinter','BusPage':'BusPrinter','FleetPage':'FleetPrinter','FleetFilePage':'FleetFilePrinter','MetricsPage':'MetricsExposition',
 # servers
 'NodeNameTakenException':'ServerNameTakenException','NodesJson':'ServersJson','MapNodes':'MapServers','NodesCommand':'ServersCommand','NodesApi':'ServersApi','NodeRoles':'ServerRoles','TriggerNode':'TriggerServer',
 # test doubles
 'EngineRoom':'EngineHarness','RabbitRoom':'RabbitHarness','Referee':'InvariantChecker','referee':'checker','PostgresHome':'PostgresStores','Stage':'ActivityControl',
}
# only in these folders
SCOPED = [
 (r'^Server/', {'AnswerHeaders':'ResponseHeaders','UseAnswerHeaders':'UseResponseHeaders','CheckpointBody':'CheckpointRequest'}),
 (r'^Server/Terminal/|^Server/Commands/', {'RunPage':'RunPrinter','Answer':'Printer'}),
 (r'^(Workflows|tests/Workflows|tests/Faults|tests/Simulation|bench)', {'Relay':'Routed','relay':'route','relayed':'routed','ClusterView':'MembershipView'}),
 (r'^(Workflows/(Execution|Transport)|tests/Simulation)', {'mail':'request','mails':'requests','news':'update'}),
 (r'^(Workflows|tests|bench)', {'News':'LockUpdates'}),
 (r'^(Infra|Simulator|tests/Infra)', {'Diagnostic':'StackDiagnostic'}),
 (r'^Workflows', {'Wall':'SystemClock','Night':'EnvironmentClock','wall':'systemClock','_wall':'_systemClock'}),
 (r'^Server/Commands', {'NodeOptions':'MemberOptions'}),
 (r'^tests/Workflows.Tests/Transports/Rabbit', {'Nodes':'Nodes','nodes':'nodes','node':'node'}),
 (r'^Server/Nodes', {'NodeAnswer':'ServerResponse'}),
 (r'^Server/(Hosting|Configuration|Schedules|Commands/RunCommand)', {'Node':'Server'}),
 (r'Execution/Engine.cs$|Routing/RemoteRequests.cs$', {'mail':'runRequest'}),
]
# HTTP bodies of Server (records named …Answer/…Body), found below
# ---- subwords of identifiers --------------------------------------------------------
SUB = [('Parcel','Envelope','parcel','envelope'), ('Deed','AuditEvent','deed','auditEvent'), ('Shelf','Catalog','shelf','catalog')]
SUBSCOPED = [
 (r'^(Text|Workflows|Fleet|Infra|Activities|Server|Simulator|tests|bench)/', [('Problem','Diagnostic','problem','diagnostic')]),
 (r'^(Workflows/(Execution|Storage|Transport|Hosting|Scheduling)|Workflows/Model/(Membership|Bus|Store|State|Values)|tests/(Simulation|Faults\.Tests|Workflows\.Tests/(Cluster|Documents|Execution|Journals|Tasks|Transports|Triggers))|Server/(Nodes|Bus|Commands/(NodesCommand|NodeOptions|ServeCommand|BusCommand))|bench)', [('Node','Server','node','server')]),
]
KEEP = re.compile(r'(Json|Yaml|Syntax|Undo|LinkedList|Graph|Kube|Schema|As|I)[Nn]ode|JsonNode|^Inode|inode|Problem(Exception|Details|Json|Response|Responses|DetailsService)|UseProblems|IsProblemAsync|IProblemDetails|TypedResults|ProblemNotice')

def subword(token, pairs):
    for upper, upper_to, lower, lower_to in pairs:
        if upper not in token and lower not in token: continue
        if KEEP.search(token): continue
        t = re.sub(r'(?<![A-Z])%s(?=s?(?:[A-Z0-9_]|$))' % upper, upper_to, token)
        t = re.sub(r'(^|_)%s(?=s?(?:[A-Z0-9_]|$))' % lower, lambda m: m.group(1) + lower_to, t)
        token = t
    return token

# ---- prose in comments, strings and Markdown -----------------------------------------
PROSE = [
 (r'\bparcels\b','envelopes'),(r'\bparcel\b','envelope'),(r'\bParcels\b','Envelopes'),(r'\bParcel\b','Envelope'),
 (r'\bdeeds\b','audit events'),(r'\bdeed\b','audit event'),(r'\bDeeds\b','Audit events'),(r'\bDeed\b','Audit event'),
 (r'\b(?:the )?shelf\b',lambda m: 'the catalog' if m.group(0).startswith('the') else 'catalog'),(r'\bmend\b','fix'),(r'\bmends\b','fixes'),(r'\bmended\b','fixed'),(r'\bMend\b','Fix'),(r'\bmending\b','fixing'),
 (r'\bemergency handle\b','emergency trigger'),(r'\bpulls? the handle\b','triggers the plan'),
 (r'\bpatience\b','timeout'),(r'\boutages?\b',lambda m:'unavailability' if m.group(0)=='outage' else 'unavailable times'),
 (r'\boutlets\b','producers'),(r'\boutlet\b','producer'),(r'\binlets\b','subscriptions'),(r'\binlet\b','subscription'),(r'\bintake\b','consumer'),(r'\bintakes\b','consumers'),
 (r'\bstamp\b','task token'),(r'\bstamps\b','task tokens'),(r'\bmails\b','requests'),(r'\bmail for\b','requests for'),(r'\bseen off\b','evicted'),(r'\bsweep\b','recovery scan'),(r'\bhomeless\b','unrouted'),
 (r'\bdeclared dead\b','evicted'),(r'\brulings\b','policies'),(r'\bruling\b','policy'),
]
PROSESCOPED = [
 (r'^(Workflows/(Execution|Storage|Transport|Hosting|Scheduling)|Workflows/Model/(Membership|Bus|Store|State|Values)|tests/(Simulation|Faults\.Tests|Workflows\.Tests/(Cluster|Documents|Execution|Journals|Tasks|Transports|Triggers))|Server/(Nodes|Bus|Commands/(NodesCommand|NodeOptions|ServeCommand|BusCommand))|bench)',
  [(r'(?<![-.])\bnodes\b','servers'),(r'(?<![-.])\bnode\b(?!_modules)','server'),(r'\bNodes\b','Servers'),(r'\bNode\b(?!\.js)','Server')]),
 (r'^Text/|^Workflows/Language/|^Fleet/', [(r'\bproblems\b','diagnostics'),(r'\bproblem\b','diagnostic'),(r'\bProblems\b','Diagnostics'),(r'\bProblem\b','Diagnostic')]),
]
ARTICLES = [(r'\b([Aa]) (?=envelope|audit event|environment|evict|update of)', lambda m: m.group(1)+'n '), (r'_a_(?=envelope)', '_an_'),(r'\bA_(?=envelope)','An_'),(r'\b([Aa])n (?=producer\b|subscription\b|consumer\b|server\b)', lambda m: m.group(1)+' ')]

def lex(text):
    """C#: yields (kind, piece); kind is code, comment or string."""
    out=[]; i=0; n=len(text); buf=[]
    def flush():
        if buf: out.append(('code',''.join(buf))); buf.clear()
    def string(i):
        # returns list of segments and the index behind
        m=re.match(r'(\$*)(@?)(\$*)("{3,})',text[i:])
        if m:
            dollars=len(m.group(1)+m.group(3)); quotes=m.group(4)
            j=text.index(quotes,i+m.end()); 
            while text[j+len(quotes):j+len(quotes)+1]=='"': j+=1
            body=text[i:j+len(quotes)]
            return holes(body,dollars,True),j+len(quotes)
        m=re.match(r'(\$?@?\$?)"',text[i:])
        verb='@' in m.group(1); dollar=m.group(1).count('$')
        j=i+m.end(); depth=0
        while j<n:
            c=text[j]
            if depth==0:
                if verb and c=='"':
                    if text[j+1:j+2]=='"': j+=2; continue
                    break
                if not verb and c=='\\': j+=2; continue
                if c=='"': break
                if dollar and c=='{':
                    if text[j+1:j+2]=='{': j+=2; continue
                    depth=1
                j+=1
            else:
                if c=='"' :
                    _,j=string(j); continue
                if c=='$' and text[j+1:j+2]=='"':
                    _,j=string(j); continue
                if c=="'":
                    m2=re.match(r"'(\\.[^']*|[^'])'",text[j:]); 
                    if m2: j+=m2.end(); continue
                if c=='{': depth+=1
                if c=='}': depth-=1
                j+=1
        return holes(text[i:j+1],dollar,False),j+1
    def holes(body,dollars,raw):
        if not dollars: return [('string',body)]
        segs=[]; k=0; start=0; open_='{'*max(1,dollars) if raw else '{'
        while k<len(body):
            if not raw and body[k]=='\\': k+=2; continue
            if body.startswith(open_,k) and (raw and not body.startswith('{'*(dollars+1),k) or not raw and body[k+1:k+2]!='{'):
                segs.append(('string',body[start:k])); k+=len(open_); d=1; s=k
                while k<len(body) and d:
                    if body[k]=='{': d+=1
                    elif body[k]=='}': d-=1
                    k+=1
                segs.append(('hole',open_+body[s:k])); start=k
            elif not raw and body.startswith('{{',k): k+=2
            else: k+=1
        segs.append(('string',body[start:])); return segs
    while i<n:
        c=text[i]
        if text.startswith('//',i):
            j=text.find('\n',i); j=n if j<0 else j
            flush(); out.append(('comment',text[i:j])); i=j
        elif text.startswith('/*',i):
            j=text.index('*/',i)+2; flush(); out.append(('comment',text[i:j])); i=j
        elif c=='"' or re.match(r'[$@]{1,4}"',text[i:i+5]):
            flush(); segs,i=string(i); out.extend(segs)
        elif c=="'":
            m=re.match(r"'(\\[^']+|\\'|[^'\\])'",text[i:])
            if m: buf.append(m.group(0)); i+=m.end()
            else: buf.append(c); i+=1
        else: buf.append(c); i+=1
    flush(); return out

def http_names():
    names={}
    for f in files:
        if f.startswith('Server/') and f.endswith('.cs'):
            for m in re.finditer(r'\brecord (?:struct |class )?(\w+?)(Answer|Body)\b',open(f).read()):
                if m.group(1)+m.group(2) in EXACT or m.group(1)=='': continue
                names[m.group(1)+m.group(2)]=m.group(1)+('Response' if m.group(2)=='Answer' else 'Request')
    return names
HTTP=http_names()
HTTP['StartBody']='StartRunRequest'
HTTP={k:v for k,v in HTTP.items() if k not in ('NodeAnswer','NodesAnswer')}
HTTP['NodesAnswer']='ServersResponse'
EXACT.update({k:v for k,v in HTTP.items()})
# file-name words
def path_of(p):
    d,b=os.path.split(p); stem,ext=os.path.splitext(b)
    if ext=='.cs':
        parts=stem.split('.',1)
        first=parts[0]
        new=EXACT.get(first) or scoped(p).get(first) or first
        if new==first: new=re.sub(r'^(\w+?)Answers$',r'\1Responses',first) if p.startswith('Server/') else first
        new=subword(new,subs(p))
        if first in ('Fixed','Update','Answer') and not scoped(p).get(first): new=first
        stem='.'.join([new]+parts[1:])
    if stem=='002-deeds': stem='002-audit-events'
    d2=d
    for a,b2 in FOLDERS: d2=re.sub(a,b2,d2)
    return os.path.join(d2,stem+ext)
FOLDERS=[(r'^Server/Deeds\b','Server/Projections'),(r'^Server/Night\b','Server/Environments'),(r'^Server/Nodes\b','Server/Servers'),(r'^Workflows/Transport/Parcels\b','Workflows/Transport/Envelopes')]
NAMESPACES=[('Orchestrator.Server.Deeds','Orchestrator.Server.Projections'),('Orchestrator.Server.Night','Orchestrator.Server.Environments'),('Orchestrator.Server.Nodes','Orchestrator.Server.Servers'),('Orchestrator.Workflows.Transport.Parcels','Orchestrator.Workflows.Transport.Envelopes')]
def scoped(p):
    r={}
    for pat,m in SCOPED:
        if re.search(pat,p): r.update(m)
    return r
def subs(p):
    r=list(SUB)
    for pat,m in SUBSCOPED:
        if re.search(pat,p): r+=m
    return r
TOKEN=re.compile(r'[A-Za-z_][A-Za-z0-9_]*')
def code(piece,p,sc,sb):
    piece=re.sub(r'(\b_?[cC]locks\.)Wall\b',r'\1SystemClock',piece); piece=re.sub(r'(\b_?[cC]locks\.)Night\b',r'\1EnvironmentClock',piece)
    for a,b in NAMESPACES: piece=re.sub(re.escape(a)+r'\b',b,piece)
    def one(m):
        t=m.group(0)
        if t in sc: return sc[t]
        if t in EXACT: return EXACT[t]
        return subword(t,sb)
    piece=piece.replace('System.Text.Json.Nodes','System.Text.Json.\x01')
    return TOKEN.sub(one,piece).replace('\x01','Nodes')
def prose(piece,p,sc,sb):
    def one(m):
        t=m.group(0)
        if re.match(r'^[a-z]+$',t) or re.match(r'^[A-Z][a-z]+$',t): return t   # plain words: below
        if t in sc: return sc[t]
        if t in EXACT: return EXACT[t]
        return subword(t,sb)
    piece=piece.replace('{Mail}','{\x02}').replace('{Trouble}','{Unavailable}')
    piece=TOKEN.sub(one,piece)
    # cref and backticks hold identifiers
    def ident(m): return m.group(1)+code(m.group(2),p,sc,sb)+m.group(3)
    piece=re.sub(r'(cref=")([^"]+)(")',ident,piece); piece=re.sub(r'(name=")([^"]+)(")',ident,piece)
    piece=re.sub(r'(\{)([A-Z]\w*)(\})',ident,piece)
    piece=piece.replace('deed-position','audit-position').replace('deed-{','audit-{')
    if p.startswith('Workflows/Storage/'): piece=re.sub(r'(INTO|FROM|TABLE|UPDATE) deeds\b',r'\1 audit_events',piece)
    for a,b in PROSE: piece=re.sub(a,b,piece)
    for pat,l in PROSESCOPED:
        if re.search(pat,p):
            for a,b in l: piece=re.sub(a,b,piece)
    for a,b in ARTICLES: piece=re.sub(a,b,piece)
    return piece.replace('\x02','Request')
changed=0
for f in files:
    if not os.path.isfile(f) or os.path.islink(f): continue
    if f.endswith('.cs'):
        text=open(f,encoding='utf-8').read()
        sc,sb=scoped(f),subs(f)
        out=[]
        for kind,piece in lex(text):
            if kind in ('code','hole'): out.append(code(piece,f,sc,sb))
            else: out.append(prose(piece,f,sc,sb))
        new=''.join(out)
        for a,b in ARTICLES[1:3]: new=re.sub(a,b,new)
        if new!=text: open(f,'w',encoding='utf-8').write(new); changed+=1
    elif f.endswith('.sql') and f.startswith('Workflows/Storage'):
        text=open(f,encoding='utf-8').read()
        new=re.sub(r'\bdeeds\b','audit_events',text); new=re.sub(r'\bnodes\b','servers',new); new=re.sub(r'\bnode\b','server',new); new=re.sub(r'\bdeed\b','audit event',new)
        new=new.replace('deeds_by','audit_events_by'); new=re.sub(r'\bparcel(s?)\b',r'envelope\1',new)
        if new!=text: open(f,'w',encoding='utf-8').write(new); changed+=1
    elif f.endswith('.md'):
        text=open(f,encoding='utf-8').read()
        new=prose(text,f,{},SUB)
        new=re.sub(r'`([^`\n]+)`',lambda m:'`'+code(m.group(1),f,{k:v for k,v in {}.items()},SUB)+'`' if re.search(r'[A-Z]',m.group(1)) else m.group(0),new)
        if new!=text: open(f,'w',encoding='utf-8').write(new); changed+=1
moved=0
for f in files:
    if not os.path.exists(f): continue
    to=path_of(f)
    if to!=f:
        os.makedirs(os.path.dirname(to),exist_ok=True)
        if os.path.exists(to): print('exists',f,to); continue
        subprocess.check_call(['git','mv',f,to]); moved+=1
print(changed,'changed',moved,'moved',len(HTTP),'http')
